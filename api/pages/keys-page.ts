/** `/keys`: the keys of the tills, each with its switch. */
import { TOKEN_FIELD } from './furniture.ts';

export const KEYS_BODY = `<form id="ask">
${TOKEN_FIELD}
<button>Show keys</button>
</form>
<p id="message" role="alert"></p>
<section id="shown" hidden>
<div class="scroll"><table>
<thead><tr><th>Name</th><th>Location</th><th>Ends in</th><th>Last used</th><th>State</th><th></th></tr></thead>
<tbody id="keys"></tbody>
</table></div>
<h2>New key</h2>
<form id="make">
<label>Location<select id="location" required></select></label>
<label>Name of the till<input id="name" maxlength="128" required></label>
<button>Make key</button>
</form>
<div id="once" class="once" role="status" hidden></div>
</section>`;

export const KEYS_SCRIPT = `'use strict';
let places = new Map();
function button(text, label, work) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'plain';
  element.textContent = text;
  element.setAttribute('aria-label', label);
  element.addEventListener('click', () => void attempt(async () => { await work(); await show(); }));
  return element;
}
function stateOf(key) {
  if (!key.active) return { text: 'off', kind: 'bad' };
  if (key.validUntil === null) return { text: 'on', kind: 'ok' };
  const over = Date.parse(key.validUntil) <= Date.now();
  return { text: (over ? 'ended ' : 'ends ') + new Date(key.validUntil).toLocaleString(), kind: over ? 'bad' : 'wait' };
}
function actionsOf(key) {
  const actions = document.createElement('span');
  const called = key.name + ' …' + key.last4;
  const turn = key.active ? 'Switch off' : 'Switch on';
  actions.append(button(turn, turn + ' ' + called, () =>
    askOperatorDoor('/keys/' + key.id, { method: 'PATCH', body: { active: !key.active } })));
  if (key.active && key.replacedBy === null) actions.append(' ', button('Rotate', 'Rotate ' + called, async () =>
    once(await (await askOperatorDoor('/keys/' + key.id + '/rotate', { method: 'POST', body: {} })).json())));
  return actions;
}
function once(made) {
  const box = field('once');
  box.hidden = false;
  const secret = document.createElement('code');
  secret.textContent = made.key;
  const until = made.replaces ? ' The old key is valid until ' + new Date(made.replaces.validUntil).toLocaleString() + '.' : '';
  box.replaceChildren('The key of ' + made.name + ', shown this once: ', secret, until);
}
async function show() {
  const [keys, locations] = await Promise.all(
    ['/keys', '/locations'].map(async (path) => (await (await askOperatorDoor(path)).json()).items));
  places = new Map(locations.map(({ id, name }) => [String(id), name]));
  field('location').replaceChildren(...locations.map(({ id, name }) => new Option(name, String(id))));
  const used = ({ lastUsedAt }) => lastUsedAt === null ? 'never' : ago((Date.now() - Date.parse(lastUsedAt)) / 1000);
  field('keys').replaceChildren(...keys.map((key) =>
    row([key.name, places.get(String(key.locationId)) ?? String(key.locationId), '…' + key.last4, used(key), stateOf(key), actionsOf(key)])));
  field('shown').hidden = false;
}
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void attempt(show); });
field('make').addEventListener('submit', (event) => {
  event.preventDefault();
  const body = { locationId: field('location').value, name: field('name').value };
  void attempt(async () => {
    once(await (await askOperatorDoor('/keys', { method: 'POST', body })).json());
    field('name').value = '';
    await show();
  });
});
if (field('token').value) void attempt(show);
`;
