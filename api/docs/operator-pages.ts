/**
 * `/proof` and `/tills`: pages with a field for the token, because a browser cannot send one by itself. They hold nothing
 * of ours; what they show comes from the operator door with the token that the person types, which stays in this tab.
 */
import { Router } from 'express';
import { page } from '../http/page.ts';

/** A page that asks the operator door for a part of itself. */
interface OperatorPage {
  readonly path: string;
  readonly title: string;
  /** Label of the second field, which names what is shown; null where there is nothing to name. */
  readonly subject: string | null;
  readonly button: string;
  /** JavaScript: an arrow function from the subject to the address that answers the page as HTML. */
  readonly address: string;
}

const PAGES: readonly OperatorPage[] = [
  {
    path: '/proof',
    title: 'Proof of a payment',
    subject: 'Payment (pay_…) or workflow id',
    button: 'Prove',
    address:
      "(subject) => '/api/' + (/^pay_[0-9a-z]{26}$/.test(subject) ? 'payments/' : 'operations/') + encodeURIComponent(subject) + '/proof'",
  },
  {
    path: '/tills',
    title: 'Tills and how they take points',
    subject: null,
    button: 'Show',
    address: "() => '/api/till-models'",
  },
];

const STYLE = `
form { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin: 0 0 20px; }
label { display: grid; gap: 4px; flex: 1 1 240px; }
input, button { font: inherit; padding: 7px 10px; border: 1px solid #8a94a3; border-radius: 6px; min-width: 0; }
button { background: var(--act); color: #fff; border-color: var(--act); cursor: pointer; }
#message { color: var(--bad); }
@media print { form, #message { display: none; } }`;

function html({ path, title, subject, button }: OperatorPage): string {
  const field =
    subject === null
      ? ''
      : `<label>${subject}<input id="subject" autocomplete="off" spellcheck="false" required></label>`;
  const body = `
<form id="ask">
<label>Operator token<input id="token" type="password" autocomplete="off" required></label>
${field}
<button>${button}</button>
</form>
<p id="message" role="alert"></p>
<div id="shown"></div>`;
  return page({ title, style: STYLE, body, after: `<script src="${path}/start.js"></script>` });
}

const script = ({ address }: OperatorPage): string => `'use strict';
const addressOf = ${address};
const field = (id) => document.getElementById(id);
field('token').value = sessionStorage.getItem('token') ?? '';
try {
  if (field('subject')) field('subject').value = decodeURIComponent(location.hash.slice(1));
} catch { /* A link that was cut: the person types it. */ }
async function show() {
  const token = field('token').value.trim();
  const subject = field('subject') ? field('subject').value.trim() : null;
  if (!token || subject === '') return;
  sessionStorage.setItem('token', token);
  field('message').textContent = '';
  field('shown').replaceChildren();
  try {
    const headers = { authorization: 'Bearer ' + token, accept: 'text/html' };
    const answer = await fetch(addressOf(subject), { headers });
    if (!answer.ok) {
      const problem = await answer.json();
      throw new Error(problem.detail ?? problem.title);
    }
    if (subject) history.replaceState(null, '', '#' + encodeURIComponent(subject));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    document.title = page.title;
    field('shown').replaceChildren(page.querySelector('style'), page.querySelector('main'));
  } catch (error) {
    field('message').textContent = error.message;
  }
}
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void show(); });
void show();
`;

/** Makes the router. */
export function operatorPages(): Router {
  const router = Router();
  for (const shown of PAGES) {
    router.get(shown.path, (_req, res) => {
      res.type('html').send(html(shown));
    });
    router.get(`${shown.path}/start.js`, (_req, res) => {
      res.type('js').send(script(shown));
    });
  }
  return router;
}
