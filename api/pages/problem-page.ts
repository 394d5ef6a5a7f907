/** A failure as a page: what happened, whom to ask and what to quote. */
import { escapeHtml, page } from './furniture.ts';

/** The whole page; its last line is the contact, and above it the id to quote. */
export function problemPage(
  { status, title, detail, requestId }: Readonly<Record<'status' | 'title' | 'detail' | 'requestId', string>>,
  contact: string,
): string {
  const body = `<p>${escapeHtml(detail)}</p>
<p class="soft">Error ${escapeHtml(status)}. If you need help, quote this id: <code id="request-id">${escapeHtml(requestId)}</code></p>`;
  return page({ title, body, contact });
}
