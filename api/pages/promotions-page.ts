/** `/promotions`: what Altegio's own promotions do beside our programs. It holds nothing of ours. */
import { TOKEN_FIELD } from './furniture.ts';

export const PROMOTIONS_BODY = `<form id="ask">
${TOKEN_FIELD}
<button>Look</button>
</form>
<p id="message" role="alert"></p>
<div id="programs"></div>`;

export const PROMOTIONS_SCRIPT = `'use strict';
const STATES = {
  ok: ['ok', 'Nothing accrues or expires beside us.'],
  confirm_expiry: ['wait', 'Nobody has confirmed yet that the expiry of the card type is off in Altegio.'],
  promotion_attached: ['bad', 'A promotion of Altegio accrues on this card type. Detach it in Altegio.'],
  moved: ['bad', 'Altegio has accrued or burnt points by itself; both books were made equal.'],
};
const at = (time) => time === null ? 'attached' : new Date(time).toLocaleString();
function tableOf(headings, rows) {
  const table = make('table');
  table.append(row(headings, 'th'), ...rows.map((cells) => row(cells)));
  return rows.length > 0 ? [table] : [];
}
function program({ name, cardType, state, expiryOff, promotions, lines }) {
  const section = make('section');
  const [kind, sentence] = STATES[state];
  section.append(
    make('h2', name + ' on “' + cardType.title + '”'),
    make('p', sentence, { className: kind }),
    make('p', expiryOff ? 'Expiry confirmed to be off by ' + expiryOff.by + ', ' + at(expiryOff.at) + '.' : '', { className: 'soft' }),
    ...tableOf(['Promotion', 'Kind', 'Seen', 'Gone'], promotions.map(({ id, title, type, seenAt, goneAt }) => [title + ' (' + id + ')', type, at(seenAt), at(goneAt)])),
    ...tableOf(['Journal line', 'Kind', 'Points', 'Account', 'Seen'], lines.map(({ id, typeName, amount, accountId, seenAt }) => [String(id), typeName, { text: amount, kind: 'amount' }, make('code', accountId), at(seenAt)])),
  );
  return section;
}
async function show() {
  const { items } = await askJson('/promotions');
  field('programs').replaceChildren(...(items.length > 0 ? items.map(program) : [make('p', 'No program is linked to a card type.', { className: 'soft' })]));
}
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void attempt(show); });
if (field('token').value) void attempt(show);
`;
