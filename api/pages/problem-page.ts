/** A failure as a page: what happened, whom to ask and what to quote. */
import { escapeHtml } from '../http/page.ts';
import { ownPage } from './furniture.ts';

/** The whole page. */
export function problemPage(
  { status, title, detail, requestId }: Readonly<Record<'status' | 'title' | 'detail' | 'requestId', string>>,
  contact: string,
): string {
  const body = `<p>${escapeHtml(detail)}</p>\n<p class="soft">Error ${escapeHtml(status)}</p>`;
  return ownPage({ title, body, contact, quote: requestId });
}
