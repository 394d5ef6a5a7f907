/** `/customers` and `/swipe`: pages for people; what they show comes from the operator door with the token they type. */
import { Router } from 'express';
import { CUSTOMERS_PAGE, CUSTOMERS_SCRIPT } from './customers-page.ts';
import { SWIPE_PAGE, SWIPE_SCRIPT } from './swipe-page.ts';

const PAGES = [
  { path: '/customers', html: CUSTOMERS_PAGE, script: CUSTOMERS_SCRIPT },
  { path: '/swipe', html: SWIPE_PAGE, script: SWIPE_SCRIPT },
];

/** Makes the router. */
export function customerPages(): Router {
  const router = Router();
  for (const { path, html, script } of PAGES) {
    router.get(path, (_req, res) => {
      res.type('html').send(html);
    });
    router.get(`${path}/start.js`, (_req, res) => {
      res.type('js').send(script);
    });
  }
  return router;
}
