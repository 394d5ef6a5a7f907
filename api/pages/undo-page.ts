/** `/undo`: both books now and after, before the button is live. It holds nothing of ours. */
import { TOKEN_FIELD } from './furniture.ts';

export const UNDO_BODY = `<form id="ask">
${TOKEN_FIELD}
<label>Workflow id of the operation<input id="subject" autocomplete="off" spellcheck="false" required></label>
<label>Reason<input id="reason" maxlength="500" required></label>
<button>Show now and after</button>
</form>
<p id="message" role="alert"></p>
<section id="preview" hidden></section>
<p><button id="undo" type="button" disabled>Undo</button></p>
<p id="done" role="status"></p>`;

export const UNDO_SCRIPT = `'use strict';
try {
  field('subject').value = decodeURIComponent(location.hash.slice(1));
} catch { /* A link that was cut: the person types it. */ }
let previewed = null;
const asked = () => ({ subject: field('subject').value.trim(), reason: field('reason').value.trim() });
const pathOf = ({ subject }) => '/operations/' + encodeURIComponent(subject) + '/undo';
// What was shown is what is undone: any change of a field asks for another preview.
function forget() {
  previewed = null;
  field('undo').disabled = true;
  field('preview').hidden = true;
}
function books({ balance, altegioBalance }) {
  const table = make('table');
  table.append(row(['', 'Now', 'After'], 'th'));
  const line = (name, now, after) => table.append(row([name, { text: now, kind: 'amount' }, { text: after, kind: 'amount' }]));
  for (const [name, key] of [['Our ledger, active', 'active'], ['pending', 'pending'], ['reserved', 'held'], ['debt', 'debt']]) line(name, balance.before[key], balance.after[key]);
  if (altegioBalance) line('Altegio card', altegioBalance.before, altegioBalance.after);
  else table.append(row(['Altegio card', 'has no part in it', '']));
  return table;
}
function posted({ transfers }) {
  const table = make('table');
  table.append(row(['Transfer', 'Part', 'Amount'], 'th'));
  for (const { code, part, amount } of transfers) table.append(row([code, part, { text: amount, kind: 'amount' }]));
  return table;
}
async function preview() {
  forget();
  field('done').textContent = '';
  const wanted = asked();
  const plan = await askJson(pathOf(wanted) + '?dryRun=true', { method: 'POST', body: { reason: wanted.reason } });
  field('preview').replaceChildren(make('h2', 'Both books'), books(plan), make('h2', 'What will be posted'), posted(plan));
  field('preview').hidden = false;
  // Somebody may have typed on while the plan was made.
  const now = asked();
  if (now.subject !== wanted.subject || now.reason !== wanted.reason) return forget();
  previewed = wanted;
  field('undo').disabled = false;
}
async function undo() {
  const wanted = previewed;
  if (!wanted) return;
  previewed = null;
  field('undo').disabled = true;
  const { workflowId } = await askJson(pathOf(wanted), { method: 'POST', body: { reason: wanted.reason } });
  field('done').textContent = 'Being undone by ' + workflowId + '; both books are equal when it has ended.';
}
field('ask').addEventListener('input', forget);
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void attempt(preview); });
field('undo').addEventListener('click', () => void attempt(undo));
`;
