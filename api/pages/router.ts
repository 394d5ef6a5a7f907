/** The pages that hold nothing of ours: a frame, and a script that asks the operator door with the token typed into it. */
import { Router } from 'express';
import type { ApiConfig } from '../http/deps.ts';
import { OPERATOR_SCRIPT, OPERATOR_SCRIPT_PATH, ownPage } from './furniture.ts';
import { CUSTOMERS_BODY, CUSTOMERS_SCRIPT, CUSTOMERS_STYLE } from './customers-page.ts';
import { HELP_BODY, HELP_SCRIPT } from './help-page.ts';
import { LIABILITY_BODY, LIABILITY_SCRIPT, LIABILITY_STYLE } from './liability-page.ts';
import { KEYS_BODY, KEYS_SCRIPT } from './keys-page.ts';
import { PROMOTIONS_BODY, PROMOTIONS_SCRIPT } from './promotions-page.ts';
import { PROOF_BODY, PROOF_SCRIPT } from './proof-shell.ts';
import { SWIPE_BODY, SWIPE_SCRIPT, SWIPE_STYLE } from './swipe-page.ts';
import { TILLS_BODY, TILLS_SCRIPT } from './tills-shell.ts';
import { UNDO_BODY, UNDO_SCRIPT } from './undo-page.ts';

interface Shell {
  readonly path: string;
  readonly title: string;
  readonly body: string;
  readonly script: string;
  readonly style?: string;
}

const SHELLS: readonly Shell[] = [
  {
    path: '/customers',
    title: 'Customers',
    body: CUSTOMERS_BODY,
    script: CUSTOMERS_SCRIPT,
    style: CUSTOMERS_STYLE,
  },
  { path: '/swipe', title: 'Try a card', body: SWIPE_BODY, script: SWIPE_SCRIPT, style: SWIPE_STYLE },
  { path: '/keys', title: 'Keys of the tills', body: KEYS_BODY, script: KEYS_SCRIPT },
  { path: '/tills', title: 'Tills and how they take points', body: TILLS_BODY, script: TILLS_SCRIPT },
  { path: '/help', title: 'Help', body: HELP_BODY, script: HELP_SCRIPT },
  { path: '/promotions', title: 'Altegio’s own promotions', body: PROMOTIONS_BODY, script: PROMOTIONS_SCRIPT },
  {
    path: '/liability',
    title: 'Points owed',
    body: LIABILITY_BODY,
    script: LIABILITY_SCRIPT,
    style: LIABILITY_STYLE,
  },
  { path: '/undo', title: 'Undo an operation', body: UNDO_BODY, script: UNDO_SCRIPT },
  { path: '/proof', title: 'Proof of a payment', body: PROOF_BODY, script: PROOF_SCRIPT },
];

/** Makes the router. */
export function pagesRouter({ supportContact: contact }: Pick<ApiConfig, 'supportContact'>): Router {
  const router = Router();
  router.get(OPERATOR_SCRIPT_PATH, (_req, res) => {
    res.type('js').send(OPERATOR_SCRIPT);
  });
  for (const { path, title, body, script, style = '' } of SHELLS) {
    const own = `${path}/start.js`;
    const html = ownPage({ title, body, contact, style, scripts: [OPERATOR_SCRIPT_PATH, own] });
    router.get(path, (_req, res) => {
      res.type('html').send(html);
    });
    router.get(own, (_req, res) => {
      res.type('js').send(script);
    });
  }
  return router;
}
