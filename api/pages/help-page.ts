/** `/help`: what to look at when a customer's card is not recognised, step by step, and what is not there yet. */
import { TOKEN_FIELD } from './furniture.ts';

export const HELP_BODY = `<p>A card is not recognised, or points are missing? Begin here.</p>
<form id="ask">
${TOKEN_FIELD}
<button>Look</button>
</form>
<p id="message" role="alert"></p>
<h2>1. Is the till online?</h2>
<p class="soft">Each terminal says every minute that it is there. One in red has been silent for more than three minutes:
look at its network and whether its program runs.</p>
<div class="scroll"><table aria-label="Terminals">
<thead><tr><th>Terminal</th><th>Location</th><th>Key</th><th>Last seen</th></tr></thead>
<tbody id="terminals"></tbody>
</table></div>
<p id="none" class="wait" hidden>No terminal has ever said that it is there: the till sends <code>POST /v1/heartbeats</code>.</p>
<h2>2. Are all parts working?</h2>
<p><a href="/status">The status page</a> shows every part, and since when one is silent.</p>
<h2>3. Is its key switched on?</h2>
<p><a href="/keys">The keys</a> show when each was last used.</p>
<h2 id="rewards">Rewards</h2>
<p>Coming soon. Rewards are not available yet; points are earned and spent without them. A till that asks for rewards is
answered <code>501 rewards_not_available</code> and goes on.</p>`;

export const HELP_SCRIPT = `'use strict';
const LOOKS_EVERY_MS = 15000;
let again;
async function show() {
  clearTimeout(again);
  const { items } = await (await askOperatorDoor('/terminals')).json();
  field('none').hidden = items.length > 0;
  field('terminals').replaceChildren(...items.map(({ terminal, locationName, keyName, secondsAgo, silent }) =>
    row([terminal, locationName, keyName, { text: ago(secondsAgo), kind: silent ? 'bad' : 'ok' }])));
  again = setTimeout(() => void attempt(show), LOOKS_EVERY_MS);
}
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void attempt(show); });
if (field('token').value) void attempt(show);
`;
