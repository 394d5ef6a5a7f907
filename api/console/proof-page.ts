/** A proof as one page that can be printed and kept: no script, nothing from elsewhere, every text escaped. */
import type { Proof } from '../../activities/ledger/proof/prove.ts';
import { JOURNAL_TYPE_NAMES } from '../../domain/journal.ts';
import { escapeHtml, page, type Shown } from '../http/page.ts';

const e = escapeHtml;

const STYLE = `
.verdict { border-left: 6px solid var(--ok); padding: 10px 14px; background: #eef8f2; margin: 16px 0; font-weight: 600; overflow-wrap: anywhere; }
.verdict.not_finished { border-color: var(--wait); background: #fdf6e7; } .verdict.wrong { border-color: var(--bad); background: #fdeeee; }
ol.chain { list-style: none; margin: 0; padding: 0; }
ol.chain > li { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; margin-bottom: 26px; position: relative; break-inside: avoid; }
ol.chain > li:not(:last-child)::after { content: "\\2193"; position: absolute; left: 50%; bottom: -25px; color: var(--soft); font-size: 17px; }
ol.chain > li.wrong { border: 2px solid var(--bad); } ol.chain > li.waiting { border: 2px solid var(--wait); }
ul { margin: 8px 0 0; padding-left: 20px; } footer { border-top: 1px solid var(--line); margin-top: 20px; padding-top: 12px; }`;

type Finding = Proof['findings'][number];

const said = (findings: readonly Finding[]): string =>
  findings.length === 0
    ? ''
    : `<ul>${findings
        .map(({ weight, sentence }) => {
          const kind = weight === 'wrong' ? 'bad' : weight === 'waiting' ? 'wait' : 'soft';
          return `<li class="${kind}">${e(sentence)}</li>`;
        })
        .join('')}</ul>`;

const facts = (pairs: readonly (readonly [string, Shown])[]): string =>
  `<table>${pairs.map(([name, value]) => `<tr><th scope="row">${e(name)}</th><td>${e(value)}</td></tr>`).join('')}</table>`;

function step(proof: Proof, links: readonly string[], title: string, body: string): string {
  const own = proof.findings.filter(({ link }) => links.includes(link));
  const weight = own.some((one) => one.weight === 'wrong')
    ? ' class="wrong"'
    : own.some((one) => one.weight === 'waiting')
      ? ' class="waiting"'
      : '';
  return `<li${weight}><h2>${e(title)}</h2>${body}${said(own)}</li>`;
}

function request({ payment, keys, attempts }: Proof): string {
  if (!payment) return '<p class="soft">Not asked for by a till.</p>';
  return facts([
    ['Idempotency keys', keys.map(({ key }) => key).join(', ') || 'none was sent; the receipt itself is unique'],
    ['Receipt', `${payment.receipt} at location ${payment.locationId}`],
    ['Asked', `total ${payment.total}, redeem ${payment.redeem}, at ${payment.askedAt}`],
    ['Attempts', attempts.map(({ attempt, state }) => `${attempt}: ${state}`).join(', ')],
    [
      'Decided',
      `${payment.state}: redeemed ${e(payment.redeemed)}, money ${e(payment.due)}, earned ${e(payment.accrued)}`,
    ],
  ]);
}

function workflow({ workflow: run }: Proof): string {
  if (!run) return '<p class="soft">No workflow has worked on it.</p>';
  const source = { temporal: 'Temporal', digest: 'the digest kept when it closed', none: 'not readable' }[run.source];
  const steps = run.steps.map(
    ({ step: name, completedAt, result }) =>
      `<tr><td>${e(name)}</td><td class="soft">${e(completedAt)}</td><td><code>${e(JSON.stringify(result))}</code></td></tr>`,
  );
  const about = facts([
    ['Workflow', run.workflowId],
    ['Run', run.runId],
    ['History', `${source}: ${e(run.events)} events, ${e(run.closedAs ?? 'not closed')}`],
    ['Digest', run.digest],
  ]);
  return `${about}<table>${steps.join('')}</table>`;
}

function writes({ writes: list }: Proof): string {
  if (list.length === 0) return '<p class="soft">No write.</p>';
  const rows = list.map(({ id, title, amount, before, after, line }) => {
    const shown = line
      ? `line ${line.id}, type ${line.type} (${JOURNAL_TYPE_NAMES[line.type] ?? 'unknown'}), ${line.amount}`
      : 'not seen';
    return `<tr><td>${e(id)}</td><td>${e(title)}</td><td class="amount">${e(amount)}</td><td class="amount">${e(before)} → ${e(after)}</td><td>${e(shown)}</td></tr>`;
  });
  return `<table><tr><th>Write</th><th>Title in Altegio</th><th class="amount">Amount</th><th class="amount">Altegio</th><th>Journal</th></tr>${rows.join('')}</table>`;
}

function drifts({ drifts: list }: Proof): string {
  if (list.length === 0) return '';
  const rows = list.map(({ amount, lines }) => {
    const named = lines.map(({ id, cause }) => `line ${id} (${cause})`).join(', ') || 'no line';
    return `<tr><td class="amount">${e(amount)}</td><td>${e(named)}</td></tr>`;
  });
  return `<table><tr><th class="amount">Moved by others</th><th>Journal</th></tr>${rows.join('')}</table>`;
}

function transfers({ transfers: list, root }: Proof): string {
  const rows = list.map(
    ({ id, code, debit, credit, amount, hash, intact }) =>
      `<tr><td>${e(id)}</td><td>${e(code)}</td><td class="amount">${e(amount)}</td><td><code>${e(debit)} → ${e(credit)}</code><br><code class="${intact ? 'soft' : 'bad'}">${e(hash)}</code></td></tr>`,
  );
  const sealed = root ? `Sealed in the root of ${root.day}: ${root.root}` : 'The day is not sealed yet.';
  const table = `<table><tr><th>Transfer</th><th>Code</th><th class="amount">Amount</th><th>From → to, hash</th></tr>${rows.join('')}</table>`;
  return `${list.length === 0 ? '<p class="soft">No transfer.</p>' : table}<p class="soft"><code>${e(sealed)}</code></p>`;
}

function books({ books: { ledger, altegio } }: Proof): string {
  const row = (name: string, before: Shown, after: Shown) =>
    `<tr><th scope="row">${name}</th><td class="amount">${e(before)}</td><td class="amount">${e(after)}</td></tr>`;
  return `<table><tr><th></th><th class="amount">Before</th><th class="amount">After</th></tr>${row('Our ledger, active', ledger?.before.active, ledger?.after.active)}${row('Altegio card', altegio?.before, altegio?.after)}</table>`;
}

/** The whole page. */
export function proofPage(proof: Proof, madeAt: Date): string {
  const subject = proof.payment ? `Payment ${proof.payment.id}` : `Operation ${proof.workflow?.operation}`;
  const live = proof.live
    ? 'Altegio was asked again for the lines.'
    : 'Journal lines as stored when Altegio showed them.';
  const body = `<h1>${e(subject)}</h1><div class="soft">Account ${e(proof.accountId)}</div>
<div class="verdict ${e(proof.verdict)}" role="status">${e(proof.sentence)}</div>
<ol class="chain">
${step(proof, ['key', 'request'], 'Request', request(proof))}
${step(proof, ['workflow'], 'Workflow', workflow(proof))}
${step(proof, ['transfer'], 'Our ledger', transfers(proof))}
${step(proof, ['write', 'line'], 'Altegio: writes and journal', `${writes(proof)}${drifts(proof)}`)}
${step(proof, ['balance'], 'Both books', books(proof))}
</ol>
<footer class="soft">Seal (SHA-256 over this proof, computed anew each time): <code>${e(proof.seal)}</code><br>${e(live)} Made ${e(madeAt.toISOString())}.</footer>`;
  return page({ title: `Proof: ${subject}`, id: 'proof-document', style: STYLE, body });
}
