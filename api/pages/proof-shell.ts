/** `/proof`: a page with two fields; the proof comes from the operator door. */
import { TOKEN_FIELD } from './furniture.ts';

export const PROOF_BODY = `<form id="ask">
${TOKEN_FIELD}
<label>Payment (pay_…) or workflow id<input id="subject" autocomplete="off" spellcheck="false" required></label>
<button>Prove</button>
</form>
<p id="message" role="alert"></p>
<div id="proof"></div>`;

export const PROOF_SCRIPT = `'use strict';
try {
  field('subject').value = decodeURIComponent(location.hash.slice(1));
} catch { /* A link that was cut: the person types it. */ }
async function show() {
  const subject = field('subject').value.trim();
  if (!field('token').value.trim() || !subject) return;
  const kind = /^pay_[0-9a-z]{26}$/.test(subject) ? 'payments' : 'operations';
  field('proof').replaceChildren();
  const path = '/' + kind + '/' + encodeURIComponent(subject) + '/proof';
  await showDocument(path, field('proof'));
  history.replaceState(null, '', '#' + encodeURIComponent(subject));
}
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void attempt(show); });
void attempt(show);
`;
