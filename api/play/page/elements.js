/** Finding and making elements. Every text is set as text: nothing that anybody typed becomes HTML. */

/**
 * The element with this id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function at(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (found);
}

/**
 * The input with this id.
 * @param {string} id
 * @returns {HTMLInputElement}
 */
export const input = (id) => at(id);

/**
 * Makes an element of parts: texts and other elements.
 * @param {string} tag
 * @param {string} className
 * @param {(string | Node)[]} parts
 */
export function make(tag, className, ...parts) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...parts);
  return made;
}

/**
 * Makes a button; `label` is read aloud where the text alone says too little.
 * @param {(string | Node)[]} parts
 * @param {() => void} press
 * @param {{ className?: string, label?: string }} [more]
 */
export function button(parts, press, { className = '', label } = {}) {
  const made = /** @type {HTMLButtonElement} */ (make('button', className, ...parts));
  made.type = 'button';
  if (label) made.setAttribute('aria-label', label);
  made.addEventListener('click', press);
  return made;
}
