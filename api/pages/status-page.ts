/** `/status` for people: every part in one table. No script, no login. */
import { escapeHtml } from '../http/page.ts';
import { PARTS, type StatusNow } from '../http/status.ts';
import { ownPage } from './furniture.ts';

const NAMES: Record<(typeof PARTS)[number], string> = {
  api: 'API (tills ask it)',
  worker: 'Worker (runs payments to their end)',
  database: 'Database (the ledger)',
  temporal: 'Temporal (keeps what runs)',
  altegio: 'Altegio (the other book)',
};
const KINDS = { ok: 'ok', degraded: 'wait', down: 'bad' } as const;
const SENTENCES = {
  ok: 'Everything works.',
  degraded: 'Tills go on; something with Altegio has to wait.',
  down: 'Something does not work: tills are told to try again, and nothing is lost.',
} as const;
const REFRESH_SECONDS = 10;

function since(seconds: number | null): string {
  if (seconds === null) return 'never seen';
  return seconds < 120 ? `seen ${seconds} s ago` : `seen ${Math.round(seconds / 60)} min ago`;
}

/** The whole page. */
export function statusPage({ status, parts, ages }: StatusNow, contact: string): string {
  const rows = PARTS.map(
    (part) =>
      `<tr id="${part}"><th scope="row">${escapeHtml(NAMES[part])}</th><td class="${KINDS[parts[part]]}">${parts[part]}</td><td class="soft">${since(ages[part])}</td></tr>`,
  );
  const body = `<p class="${KINDS[status]}" role="status">${SENTENCES[status]}</p>\n<table>${rows.join('')}</table>`;
  return ownPage({ title: 'Status', body, contact, refreshSeconds: REFRESH_SECONDS });
}
