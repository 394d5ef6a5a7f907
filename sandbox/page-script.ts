import { FAULT_NAMES } from './api/faults.ts';

/** The page's script as text: it runs in a browser, so it is no module of ours. */
export const pageScript = `
const faultNames = ${JSON.stringify(FAULT_NAMES)};
const at = (id) => document.getElementById(id);
const control = async (method, path, body) => {
  const response = await fetch('/control' + path, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ? answer.error.message : 'The sandbox answered ' + response.status);
  return answer;
};
const say = (text, bad) => { at('message').textContent = text; at('message').className = bad ? 'bad' : ''; };
const attempt = async (run) => { try { say(await run()); } catch (error) { say(error.message, true); } await refresh(); };
const cell = (row, text, className) => {
  const made = row.insertCell();
  made.textContent = text;
  if (className) made.className = className;
  return made;
};
const button = (text, label, run) => {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.setAttribute('aria-label', label);
  made.addEventListener('click', run);
  return made;
};

const cardRows = new Map();
const adjust = (card, amount) => attempt(async () => {
  const after = await control('POST', '/staff/adjust', { cardId: card.id, amount });
  return 'Card ' + after.number + ' now holds ' + after.balance + '.';
});
const addCardRow = (card) => {
  const row = at('cards').insertRow();
  cell(row, card.number, 'code');
  const phone = cell(row, '');
  phone.append(button(card.phone, 'Use phone ' + card.phone + ' for a visit', () => { at('visit').phone.value = card.phone; }));
  cell(row, card.name);
  const balance = cell(row, card.balance, 'number');
  const change = row.insertCell();
  const amount = document.createElement('input');
  amount.inputMode = 'decimal';
  amount.setAttribute('aria-label', 'Amount for card ' + card.number);
  amount.placeholder = '-12.50';
  change.append(
    button('+50', 'Add 50 to card ' + card.number, () => adjust(card, '50.00')), ' ',
    button('\\u221250', 'Take 50 from card ' + card.number, () => adjust(card, '-50.00')), ' ',
    amount, ' ',
    button('Apply', 'Apply the amount to card ' + card.number, () => adjust(card, amount.value)),
  );
  cardRows.set(card.id, { row, balance });
};
const showCards = (cards) => {
  const live = new Set(cards.map((card) => card.id));
  for (const [id, { row }] of cardRows) if (!live.has(id)) { row.remove(); cardRows.delete(id); }
  for (const card of cards) {
    if (!cardRows.has(card.id)) addCardRow(card);
    cardRows.get(card.id).balance.textContent = card.balance;
  }
};
const showRequests = (requests) => {
  at('requests').replaceChildren();
  for (const request of requests.slice(-30).reverse()) {
    const row = at('requests').insertRow();
    cell(row, new Date(request.at).toLocaleTimeString());
    cell(row, request.method + ' ' + request.path.replace('/api/v1', '') + request.query, 'wrap code');
    cell(row, request.status || 'no answer');
    cell(row, request.applied ? 'yes' : '');
  }
};
const showFaults = (faults) => {
  at('faults').replaceChildren(...faults.map((fault) => {
    const line = document.createElement('li');
    line.textContent = fault.fault + ' on ' + fault.call + ', share ' + fault.share + ', fired ' + fault.hits
      + (fault.times ? ' of ' + fault.times : '') + ' times';
    return line;
  }));
};
let lastRequests = [];
const refresh = async () => {
  try {
    const since = lastRequests.length > 0 ? '?since=' + encodeURIComponent(lastRequests[0].at) : '';
    const [cards, requests, faults] = await Promise.all([
      control('GET', '/cards'), control('GET', '/requests' + since), control('GET', '/faults'),
    ]);
    lastRequests = requests.slice(-30);
    showCards(cards);
    showRequests(lastRequests);
    showFaults(faults);
  } catch (error) { say('The sandbox does not answer: ' + error.message, true); }
};

const visitActions = {
  create: (form) => control('POST', '/appointments', { status: 'create', ...who(form) }),
  update: (form) => control('POST', '/appointments', { status: 'update', ...who(form) }),
  visit: (form) => control('POST', '/visits', { ...who(form), items: [{ title: 'Haircut', cost: form.cost.value }] }),
};
const who = (form) => ({ locationId: Number(form.locationId.value), phone: form.phone.value.trim() });
at('visit').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  const action = event.submitter.value;
  attempt(async () => {
    const make = visitActions[action];
    if (!make && form.visitId.value === '') throw new Error('Create a visit first, or type its number.');
    const made = make ? await make(form) : await control('POST', '/visits/' + Number(form.visitId.value) + '/' + action, {});
    form.visitId.value = made.visitId;
    return 'Done: visit ' + made.visitId + '.';
  });
});
const faultActions = {
  add: (form) => {
    const optional = (name) => (form[name].value === '' ? {} : { [name]: Number(form[name].value) });
    const { call, fault } = form;
    const body = { call: call.value, fault: fault.value, ...optional('share'), ...optional('times'), ...optional('ms') };
    return control('POST', '/faults', body).then(() => 'The fault is on.');
  },
  clear: () => control('DELETE', '/faults').then(() => 'All faults are off.'),
  flush: () => control('POST', '/webhooks/flush', {}).then((sent) => sent.length + ' webhooks sent.'),
  reset: () => control('POST', '/reset', {}).then(() => { lastRequests = []; return 'Everything is as it was at first.'; }),
};
at('fault').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(() => faultActions[event.submitter.value](event.target));
});

for (const name of faultNames) at('fault').fault.add(new Option(name));
control('GET', '/chain').then((chain) => {
  for (const place of chain.locations) at('visit').locationId.add(new Option(place.title, place.id));
});
refresh();
setInterval(refresh, 2000);
`;
