/** `/tills`: the till models, how each takes points, and its tills; the list comes from the operator door. */
import { TOKEN_FIELD } from './furniture.ts';

export const TILLS_BODY = `<form id="ask">
${TOKEN_FIELD}
<button>Show</button>
</form>
<p id="message" role="alert"></p>
<div id="tills"></div>`;

export const TILLS_SCRIPT = `'use strict';
const show = () => showDocument('/till-models', field('tills'));
field('ask').addEventListener('submit', (event) => { event.preventDefault(); void attempt(show); });
if (field('token').value) void attempt(show);
`;
