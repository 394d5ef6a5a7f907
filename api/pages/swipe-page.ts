/** `/swipe`: try a card. What arrives is shown as it came, then what was read, whose card it is, and each rule. */
import { TOKEN_FIELD } from './furniture.ts';

export const SWIPE_BODY = `<p class="soft">Swipe, scan or type a card while the box is focused. A reader ends with Enter by itself.</p>
<form id="try">
${TOKEN_FIELD}
<label>Swipe or scan here<input id="sample" autocomplete="off" spellcheck="false" autofocus required></label>
<button>Check</button>
</form>
<p id="message" role="alert"></p>
<div id="shown" aria-live="polite"></div>`;

export const SWIPE_STYLE = `
#sample { border: 2px solid var(--act); } #sample:focus { outline: 3px solid #b9cdf0; }
.verdict { border-left: 6px solid var(--ok); padding: 10px 14px; background: #eef8f2; margin: 16px 0; font-weight: 600; }
.verdict.fail { border-color: var(--bad); background: #fdeeee; }`;

export const SWIPE_SCRIPT = `'use strict';
const NAMES = { read: 'Read', length: 'Length', random: 'Not to be guessed', range: 'Program', characters: 'Characters', tracks: 'Tracks', barcode: 'Barcode' };

function accounts(customers) {
  if (customers.length === 0) return 'nobody has this card';
  const links = make('span');
  for (const { id, status } of customers) links.append(make('a', id, { href: '/customers#' + id }), ' (' + status + ') ');
  return links;
}

async function check() {
  const sample = field('sample').value;
  if (!sample) return;
  field('sample').value = '';
  field('shown').replaceChildren();
  const { pass, rules, read, customers } = await askJson('/cards/print-check', { method: 'POST', body: { sample } });
  const tracks = Object.entries(read.tracks).map(([track, content]) => track + ': ' + content).join(', ');
  const facts = make('table');
  for (const [name, value] of [['Arrived', make('code', sample)], ['Read as', read.kind], ['Tracks', make('code', tracks || '–')], ['Number', make('code', read.number ?? '–')], ['Account', accounts(customers)]])
    facts.append(row([make('span', name, { className: 'soft' }), value]));
  const table = make('table');
  for (const rule of rules)
    table.append(row([NAMES[rule.rule], make('span', rule.pass ? 'pass' : 'FAIL', { className: rule.pass ? 'ok' : 'bad' }), rule.reason]));
  const verdict = make('div', pass ? 'PASS' : 'FAIL', { className: pass ? 'verdict' : 'verdict fail' });
  verdict.setAttribute('role', 'status');
  const section = make('section');
  section.append(facts);
  field('shown').replaceChildren(verdict, section, table);
}

field('try').onsubmit = (event) => {
  event.preventDefault();
  void attempt(check).then(() => field('sample').focus());
};
field(field('token').value ? 'sample' : 'token').focus();
`;
