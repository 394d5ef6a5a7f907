/** `/customers`: search, open, switch on or off, move to another type, change details. It holds nothing of ours. */
import { TOKEN_FIELD } from './furniture.ts';

export const CUSTOMERS_BODY = `<form id="search">
${TOKEN_FIELD}
<label>Name, phone, card code<input id="q" autocomplete="off" spellcheck="false"></label>
<label>Type<select id="type"><option value="">All</option></select></label>
<button>Search</button>
</form>
<p id="message" role="alert"></p>
<div id="found"></div>
<div id="opened"></div>`;

export const CUSTOMERS_STYLE = '#opened section { border-width: 2px; } #opened form { margin: 8px 0; }';

export const CUSTOMERS_SCRIPT = `'use strict';
let types = [];
let shown = null;

async function loadTypes() {
  types = (await askJson('/customer-types')).items;
  const chosen = field('type').value;
  field('type').replaceChildren(make('option', 'All', { value: '' }), ...types.map((type) => make('option', type.name, { value: type.id })));
  field('type').value = chosen;
}

async function search() {
  await loadTypes();
  const query = new URLSearchParams({ limit: '50' });
  const q = field('q').value.trim();
  if (q) query.set('q', q);
  if (field('type').value) query.set('typeId', field('type').value);
  const { items, next } = await askJson('/customers?' + query);
  const table = make('table');
  table.append(row(['Name', 'Phone', 'Card code', 'Type', 'Status', 'Points', ''], 'th'));
  for (const customer of items) {
    const open = make('button', 'Open', { type: 'button', className: 'plain', onclick: () => attempt(() => openCustomer(customer.id)) });
    open.setAttribute('aria-label', 'Open ' + (customer.name ?? customer.cardCode ?? customer.phone));
    table.append(row([customer.name, customer.phone, make('code', customer.cardCode), customer.type.name, statusOf(customer), customer.balance.active, open]));
  }
  const none = make('p', 'Nobody was found.', { className: 'soft' });
  const more = make('p', 'There are more: search for something narrower.', { className: 'soft' });
  field('found').replaceChildren(items.length > 0 ? table : none, ...(next ? [more] : []));
}

const statusOf = ({ status }) => make('span', status, { className: status === 'active' ? 'ok' : 'bad' });

async function openCustomer(id) {
  shown = await askJson('/customers/' + id);
  const { items } = await askJson('/customers/' + id + '/changes');
  const section = make('section');
  section.append(make('h2', shown.name ?? shown.cardCode ?? shown.phone), facts(), details(), standing(), trail(items));
  field('opened').replaceChildren(section);
}

function facts() {
  const table = make('table');
  const book = shown.secondBook === 'altegio' ? 'Altegio' + (shown.altegioCard ? ', card ' + shown.altegioCard.number : ', card is being made') : 'none: the ledger is the only book';
  for (const [name, value] of [['Account', make('code', shown.id)], ['Card code', make('code', shown.cardCode)], ['Status', statusOf(shown)], ['Type', shown.type.name], ['Points', shown.balance.active], ['Second book', book]])
    table.append(row([make('span', name, { className: 'soft' }), value]));
  return table;
}

async function change(body) {
  await askJson('/customers/' + shown.id, { method: 'PATCH', body });
  await Promise.all([openCustomer(shown.id), search()]);
}

function details() {
  const form = make('form');
  for (const [name, title] of [['name', 'Name'], ['phone', 'Phone'], ['email', 'E-mail']]) {
    const label = make('label', title);
    label.append(make('input', undefined, { name, value: shown[name] ?? '', autocomplete: 'off' }));
    form.append(label);
  }
  form.append(make('button', 'Save'));
  form.onsubmit = (event) => {
    event.preventDefault();
    const body = {};
    for (const name of ['name', 'phone', 'email']) {
      const value = form.elements.namedItem(name).value.trim();
      if (value !== (shown[name] ?? '')) body[name] = value || null;
    }
    void attempt(() => change(body));
  };
  return form;
}

function standing() {
  const form = make('form');
  const active = shown.status === 'active';
  const label = make('label', 'Move to type');
  const choice = make('select', undefined, { name: 'typeId' });
  choice.append(...types.filter((type) => type.chainId === shown.chainId).map((type) => make('option', type.name, { value: type.id, selected: type.id === shown.type.id })));
  label.append(choice);
  const move = make('button', 'Move', { type: 'button', className: 'plain', onclick: () => attempt(() => change({ typeId: choice.value })) });
  const turn = make('button', active ? 'Deactivate' : 'Activate', { type: 'button', onclick: () => attempt(() => change({ status: active ? 'inactive' : 'active' })) });
  form.append(label, move, turn);
  return form;
}

function trail(items) {
  const table = make('table');
  table.append(row(['When', 'Who', 'What', 'Before', 'After'], 'th'));
  const nameOf = (field, value) => field === 'type' ? (types.find(({ id }) => id === value)?.name ?? value) : value;
  for (const { at, actor, field: what, before, after } of items) table.append(row([new Date(at).toLocaleString(), actor, what, nameOf(what, before), nameOf(what, after)]));
  return items.length > 0 ? table : make('p', 'Nothing was changed yet.', { className: 'soft' });
}

field('search').onsubmit = (event) => { event.preventDefault(); void attempt(search); };
if (field('token').value) {
  const wanted = location.hash.slice(1);
  void attempt(async () => { await search(); if (wanted) await openCustomer(wanted); });
}
`;
