/** What the pages for people share: their look, the way from one to the other, the way to help, and a script. */
import { escapeHtml, page } from '../http/page.ts';

const STYLE = `
header { margin: 0 0 14px; } header a { margin-right: 16px; } a { color: var(--act); }
h2 { margin-top: 20px; }
form { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin: 12px 0; }
label { display: grid; gap: 4px; flex: 1 1 220px; }
input, select, button { font: inherit; padding: 7px 10px; border: 1px solid #8a94a3; border-radius: 6px; min-width: 0; background: #fff; color: inherit; }
input, select { height: 38px; }
button { background: var(--act); color: #fff; border-color: var(--act); cursor: pointer; } button.plain { background: #fff; color: var(--act); } td button { padding: 2px 10px; }
button:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid #f0b429; outline-offset: 2px; }
th, td { padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
.scroll { overflow-x: auto; } .ok { color: var(--ok); } .wait { font-weight: 600; }
#message { color: var(--bad); overflow-wrap: anywhere; } #message:empty { display: none; }
.once { border: 2px solid var(--wait); border-radius: 8px; padding: 10px 14px; }
body > footer { border-top: 1px solid var(--line); margin-top: 40px; padding-top: 12px; color: var(--soft); }
@media print { header, form, #message, body > footer { display: none; } }`;

const PAGES = [
  ['/customers', 'Customers'],
  ['/swipe', 'Try a card'],
  ['/tills', 'Tills'],
  ['/keys', 'Keys'],
  ['/liability', 'Points owed'],
  ['/promotions', 'Promotions'],
  ['/undo', 'Undo'],
  ['/proof', 'Proof'],
  ['/help', 'Help'],
  ['/status', 'Status'],
  ['/docs', 'API'],
] as const;

/** What a page is made of; `body` is HTML of ours, everything else is text. */
export interface PageParts {
  readonly title: string;
  readonly body: string;
  /** Whom to ask for help: the last line of every page. */
  readonly contact: string;
  /** Paths of scripts of ours. */
  readonly scripts?: readonly string[];
  readonly style?: string;
  /** An id that whoever helps can find: of the request that failed. */
  readonly quote?: string;
  /** Seconds after which the page looks again by itself. */
  readonly refreshSeconds?: number;
}

/** A whole page of ours for people. Nothing is loaded from another host. */
export function ownPage({ title, body, contact, scripts = [], style = '', quote, refreshSeconds }: PageParts): string {
  const links = PAGES.map(([path, name]) => `<a href="${path}">${name}</a>`).join('');
  const quoting = quote === undefined ? '' : `, quoting <code>${escapeHtml(quote)}</code>`;
  return page({
    title,
    head: refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${refreshSeconds}">`,
    before: `<header>${links}</header>`,
    body: `<h1>${escapeHtml(title)}</h1>\n${body}`,
    after: `<footer data-contact="${escapeHtml(contact)}">More help: ${escapeHtml(contact)}${quoting}</footer>
${scripts.map((path) => `<script src="${path}"></script>`).join('\n')}`,
    style: STYLE + style,
  });
}

/** The field for the token of the operator door; the token stays in this tab. */
export const TOKEN_FIELD = `<label>Operator token<input id="token" type="password" autocomplete="off" required></label>`;

/** The path of the script that pages of the operator door share. */
export const OPERATOR_SCRIPT_PATH = '/pages/operator.js';

/** Asks the operator door with the token that the person typed, and says a failure with whom to ask and what to quote. */
export const OPERATOR_SCRIPT = `'use strict';
const field = (id) => document.getElementById(id);
field('token').value = sessionStorage.getItem('token') ?? '';
async function askOperatorDoor(path, init = {}) {
  const token = field('token').value.trim();
  sessionStorage.setItem('token', token);
  const headers = { authorization: 'Bearer ' + token, accept: init.accept ?? 'application/json' };
  if (init.body !== undefined) headers['content-type'] = 'application/json';
  const body = init.body === undefined ? undefined : JSON.stringify(init.body);
  const answer = await fetch('/api' + path, { method: init.method ?? 'GET', headers, body });
  if (answer.ok) return answer;
  const problem = await answer.json();
  const said = (problem.detail ?? problem.title).replace(/[.;]?$/, '.');
  throw new Error(said + ' More help: ' + document.querySelector('body > footer').dataset.contact + ', quoting ' + problem.requestId);
}
async function showDocument(path, place) {
  const answer = await askOperatorDoor(path, { accept: 'text/html' });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  document.title = page.title;
  place.replaceChildren(page.querySelector('style'), page.querySelector('main'));
}
async function attempt(work) {
  field('message').textContent = '';
  try {
    await work();
  } catch (error) {
    field('message').textContent = error.message;
  }
}
async function askJson(path, init) {
  return (await askOperatorDoor(path, init)).json();
}
function make(tag, text, properties) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}
function row(cells, tag = 'td') {
  const line = make('tr');
  for (const cell of cells) {
    const place = make(tag);
    if (cell instanceof Node) place.append(cell);
    else if (cell === null || typeof cell === 'string') place.textContent = cell ?? '–';
    else { place.textContent = cell.text; place.className = cell.kind; }
    line.append(place);
  }
  return line;
}
function ago(seconds) {
  if (seconds < 90) return Math.round(seconds) + ' s ago';
  if (seconds < 5400) return Math.round(seconds / 60) + ' min ago';
  return seconds < 172800 ? Math.round(seconds / 3600) + ' h ago' : Math.round(seconds / 86400) + ' days ago';
}
`;
