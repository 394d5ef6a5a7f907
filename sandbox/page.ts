/** The page at `/`: everything by hand, over the same `/control` calls that tests use. */
import { pageScript } from './page-script.ts';

const style = `
:root { color-scheme: light dark; --line: #d5d9e0; --ink: #1c2330; --soft: #667085; --paper: #fff; --back: #f4f6f9; --accent: #2f5fd0; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --line: #343b49; --ink: #e8ebf1; --soft: #9aa4b5; --paper: #1a1f29; --back: #12161d; --accent: #7aa2ff; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--back); }
header { padding: 18px 24px 6px; } h1 { font-size: 20px; margin: 0; } header p { margin: 2px 0 0; color: var(--soft); }
main { display: grid; gap: 16px; padding: 12px 24px 32px; grid-template-columns: minmax(0, 1fr) minmax(0, 430px); align-items: start; }
@media (max-width: 1120px) { main { grid-template-columns: minmax(0, 1fr); } }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
h2 { font-size: 15px; margin: 0 0 10px; } .scroll { overflow: auto; max-height: 62vh; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 7px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { position: sticky; top: 0; background: var(--paper); color: var(--soft); font-weight: 600; font-size: 13px; }
td.wrap { white-space: normal; overflow-wrap: anywhere; }
td.code { font-size: 13px; }
td.number { text-align: right; font-weight: 600; }
button { font: inherit; padding: 3px 10px; border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit; cursor: pointer; }
button:hover { border-color: var(--accent); color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
input, select { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 6px; padding: 3px 8px; max-width: 100%; }
td input { width: 78px; } form { display: grid; gap: 8px; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } label { display: grid; gap: 2px; color: var(--soft); font-size: 13px; }
label { grid-template-columns: minmax(0, 1fr); } label > * { width: 100%; color: var(--ink); font-size: 15px; } .row { display: flex; gap: 8px; flex-wrap: wrap; grid-column: 1 / -1; }
ul { list-style: none; margin: 8px 0 0; padding: 0; color: var(--soft); } #message { min-height: 1.5em; margin: 0; padding: 0 24px; color: var(--accent); } #message.bad { color: var(--bad); }
.stack { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
`;

export const pageHtml = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Altegio sandbox</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body>
<header><h1>Altegio sandbox</h1><p>Play the salon's staff here. Nothing on this page exists in the real Altegio.</p></header>
<p id="message" role="status" aria-live="polite"></p>
<main>
<section aria-labelledby="cards-title"><h2 id="cards-title">Loyalty cards</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="cards-title"><table><thead><tr><th scope="col">Number</th><th scope="col">Phone</th><th scope="col">Owner</th><th scope="col">Balance</th><th scope="col">Change by hand</th></tr></thead><tbody id="cards"></tbody></table></div></section>
<div class="stack">
<section aria-labelledby="visit-title"><h2 id="visit-title">Appointments and visits</h2>
<form id="visit"><label>Location <select name="locationId"></select></label><label>Client's phone <input name="phone" inputmode="tel" required></label>
<label>Price <input name="cost" inputmode="decimal" value="5000.00"></label><label>Visit <input name="visitId" inputmode="numeric" placeholder="made below"></label>
<div class="row"><button name="do" value="create">Create appointment</button><button name="do" value="update">Update appointment</button><button name="do" value="visit">Create visit</button></div>
<div class="row"><button name="do" value="attend">Client arrived</button><button name="do" value="pay">Pay visit</button><button name="do" value="unpay">Take payment back</button><button name="do" value="delete">Delete visit</button></div></form></section>
<section aria-labelledby="fault-title"><h2 id="fault-title">Faults</h2>
<form id="fault"><label>Calls <select name="call"><option>any</option><option>read</option><option>write</option><option>journal</option><option>issue</option></select></label>
<label>Fault <select name="fault"></select></label>
<label>Share, 0 to 1 <input name="share" inputmode="decimal" value="1"></label><label>Times (empty: always) <input name="times" inputmode="numeric"></label>
<label>Milliseconds (empty: default) <input name="ms" inputmode="numeric"></label>
<div class="row"><button name="do" value="add">Switch on</button><button name="do" value="clear">All off</button><button name="do" value="flush">Send waiting webhooks now</button><button name="do" value="reset">Back to the seed</button></div></form>
<ul id="faults" aria-label="Active faults"></ul></section>
<section aria-labelledby="requests-title"><h2 id="requests-title">Latest 30 requests</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="requests-title"><table><thead><tr><th scope="col">Time</th><th scope="col">Call</th><th scope="col">Status</th><th scope="col">Changed</th></tr></thead><tbody id="requests"></tbody></table></div></section>
</div></main>
<script>${pageScript}</script>
</body></html>`;
