/** `/liability`: what is owed in points, month by month, with the same as CSV. */
import { TOKEN_FIELD } from './furniture.ts';

export const LIABILITY_BODY = `<form id="ask">
${TOKEN_FIELD}
<label>Chain<input id="chain" inputmode="numeric" placeholder="the only one"></label>
<label>From month<input id="from" placeholder="2026-01" pattern="\\d{4}-\\d{2}"></label>
<label>To month<input id="to" placeholder="2026-12" pattern="\\d{4}-\\d{2}"></label>
<button>Show</button><button id="csv" type="button" class="plain">Download CSV</button>
</form>
<p id="message" role="alert"></p>
<div class="scroll" id="months"></div>
<p id="proof" role="status"></p>`;

export const LIABILITY_STYLE = 'body { max-width: 1180px; } #months th { white-space: nowrap; }';

export const LIABILITY_SCRIPT = `'use strict';
const NAMES = [['opening', 'Opening'], ['issued', '+ Issued'], ['redeemed', '− Redeemed'], ['expired', '− Expired'], ['adjusted', '± Adjusted'], ['closing', '= Closing'], ['expectedBreakage', 'Expected breakage']];
async function chainId() {
  const named = field('chain').value.trim();
  if (named) return named;
  const { items } = await askJson('/locations');
  const chains = [...new Set(items.map(({ chainId }) => String(chainId)))];
  if (chains.length !== 1) throw new Error(chains.length === 0 ? 'No location is connected yet.' : 'There are several chains. Name one of ' + chains.join(', ') + '.');
  return (field('chain').value = chains[0]);
}
async function pathOf() {
  const query = new URLSearchParams({ chainId: await chainId() });
  for (const name of ['from', 'to']) if (field(name).value) query.set(name, field(name).value);
  return '/reports/liability?' + query;
}
async function show() {
  const { items, proof } = await askJson(await pathOf());
  const table = make('table');
  table.append(row(['Month', 'Location', 'Currency', ...NAMES.map(([, title]) => ({ text: title, kind: 'amount' }))], 'th'));
  for (const line of items)
    table.append(row([line.month, line.location, line.currency, ...NAMES.map(([name]) => ({ text: line[name] ?? '–', kind: 'amount' }))]));
  field('months').replaceChildren(items.length > 0 ? table : make('p', 'No points have moved.', { className: 'soft' }));
  field('proof').replaceChildren(...proof.map(({ currency, closing, balances, equal }) =>
    make('span', 'Closing of everything ' + closing + ' ' + currency + (equal ? ' = ' : ' ≠ ') + 'balances of all accounts ' + balances + '. ', { className: equal ? 'ok' : 'bad' })));
}
async function download() {
  const answer = await askOperatorDoor((await pathOf()) + '&format=csv', { accept: 'text/csv' });
  const link = make('a', '', { href: URL.createObjectURL(await answer.blob()), download: 'liability.csv' });
  link.click();
  URL.revokeObjectURL(link.href);
}
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void attempt(show); });
field('csv').addEventListener('click', () => void attempt(download));
`;
