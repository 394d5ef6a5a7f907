/** What the scripts of our pages have in common; a page's own script follows it. */

/** Fields by id, elements from texts (never from HTML), and calls of the operator door with the token of this tab. */
export const SHARED_SCRIPT = `'use strict';
const field = (id) => document.getElementById(id);
function make(tag, text, properties) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}
function row(tag, cells) {
  const line = make('tr');
  for (const cell of cells) {
    const box = make(tag);
    box.append(cell instanceof Node ? cell : (cell ?? '–'));
    line.append(box);
  }
  return line;
}
field('token').value = sessionStorage.getItem('token') ?? '';
async function ask(path, method, body) {
  const token = field('token').value.trim();
  sessionStorage.setItem('token', token);
  const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
  const answer = await fetch('/api' + path, { method: method ?? 'GET', headers, body: body && JSON.stringify(body) });
  const document = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(document.detail ?? document.title);
  return document;
}
async function tell(work) {
  field('message').textContent = '';
  try {
    await work();
  } catch (error) {
    field('message').textContent = error.message;
  }
}
`;

/** The look of fields and buttons. */
export const FORM_STYLE = `
form { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin: 12px 0 20px; }
label { display: grid; gap: 4px; flex: 1 1 180px; }
input, select, button { font: inherit; padding: 7px 10px; border: 1px solid #8a94a3; border-radius: 6px; min-width: 0; background: #fff; color: inherit; }
button { background: var(--act); color: #fff; border-color: var(--act); cursor: pointer; }
button.quiet { background: #fff; color: var(--act); } td button { padding: 2px 10px; }
#message { color: var(--bad); min-height: 1.5em; margin: 0; }
.ok { color: var(--ok); font-weight: 600; }
@media print { form, #message { display: none; } }`;
