/** What our pages have in common: a frame, a hand to write in, and text made harmless. No script, nothing from elsewhere. */

/** What a page may show where a value is expected. */
export type Shown = string | number | null | undefined;

/** Text made harmless in HTML. */
export function escapeHtml(value: Shown): string {
  const text = value === null || value === undefined ? '–' : String(value);
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Colours, letters and tables of every page. */
export const STYLE = `
:root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #c9d1dc; --ok: #0a7a43; --wait: #9a6300; --bad: #b3201f; --act: #14418b; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Noto Sans", sans-serif; color: var(--ink); margin: 0 auto; padding: 24px 20px 48px; max-width: 860px; background: #fff; }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 15px; margin: 0 0 6px; }
section { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; margin: 16px 0; break-inside: avoid; } section p { margin: 0 0 6px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 3px 10px 3px 0; vertical-align: top; } th { color: var(--soft); font-weight: 500; }
.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 12px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; } .soft { color: var(--soft); } .bad { color: var(--bad); font-weight: 600; } .wait { color: var(--wait); }
@media print { body { padding: 0; } }`;

/** A whole page. `title` is escaped here; `body` and `style` are HTML and CSS already. `id` names the part that is shown. */
export function page(parts: {
  readonly title: string;
  readonly body: string;
  readonly id?: string;
  readonly style?: string;
  readonly language?: string;
  readonly after?: string;
}): string {
  const { title, body, id, style = '', language = 'en', after = '' } = parts;
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}${style}</style></head>
<body><main${id === undefined ? '' : ` id="${id}"`}>${body}
</main>${after}</body></html>
`;
}
