/**
 * `/proof`: a page with two fields, because a browser cannot send a token by itself. It holds nothing of ours; the proof
 * comes from the operator door with the token that the person types, which stays in this tab.
 */
import { Router } from 'express';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Proof of a payment</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: #1c2430; background: #fff; }
form { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; max-width: 860px; margin: 0 auto; padding: 20px; }
label { display: grid; gap: 4px; flex: 1 1 240px; }
input, button { font: inherit; padding: 7px 10px; border: 1px solid #8a94a3; border-radius: 6px; min-width: 0; }
button { background: #14418b; color: #fff; border-color: #14418b; cursor: pointer; }
#message { max-width: 860px; margin: 0 auto; padding: 0 20px; color: #b3201f; }
#proof { max-width: 860px; margin: 0 auto; padding: 0 20px 48px; }
@media print { form, #message { display: none; } }
</style>
</head>
<body>
<form id="ask">
<label>Operator token<input id="token" type="password" autocomplete="off" required></label>
<label>Payment (pay_…) or workflow id<input id="subject" autocomplete="off" spellcheck="false" required></label>
<button>Prove</button>
</form>
<p id="message" role="alert"></p>
<div id="proof"></div>
<script src="/proof/start.js"></script>
</body>
</html>
`;

const START = `'use strict';
const field = (id) => document.getElementById(id);
field('token').value = sessionStorage.getItem('token') ?? '';
try {
  field('subject').value = decodeURIComponent(location.hash.slice(1));
} catch { /* A link that was cut: the person types it. */ }
async function show() {
  const token = field('token').value.trim();
  const subject = field('subject').value.trim();
  if (!token || !subject) return;
  sessionStorage.setItem('token', token);
  const kind = /^pay_[0-9a-z]{26}$/.test(subject) ? 'payments' : 'operations';
  field('message').textContent = '';
  field('proof').replaceChildren();
  try {
    const headers = { authorization: 'Bearer ' + token, accept: 'text/html' };
    const answer = await fetch('/api/' + kind + '/' + encodeURIComponent(subject) + '/proof', { headers });
    if (!answer.ok) {
      const problem = await answer.json();
      throw new Error(problem.detail ?? problem.title);
    }
    history.replaceState(null, '', '#' + encodeURIComponent(subject));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    document.title = page.title;
    field('proof').replaceChildren(page.querySelector('style'), page.querySelector('main'));
  } catch (error) {
    field('message').textContent = error.message;
  }
}
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void show(); });
void show();
`;

/** Makes the router. */
export function proofShell(): Router {
  const router = Router();
  router.get('/proof', (_req, res) => {
    res.type('html').send(PAGE);
  });
  router.get('/proof/start.js', (_req, res) => {
    res.type('js').send(START);
  });
  return router;
}
