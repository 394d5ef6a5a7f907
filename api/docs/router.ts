/** `/openapi.json` and `/docs`: the contract for machines and for people. Nothing is loaded from another host. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Request, Router } from 'express';
import { openApiDocument } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

/** The page's files: from the package while developing, from the build's copy in production. */
function assetFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  } catch {
    const here = dirname(fileURLToPath(import.meta.url));
    const copies = [join(here, '../../docs-ui'), join(here, '../../dist/docs-ui')];
    return copies.find((folder) => existsSync(join(folder, FILES[0]))) ?? null;
  }
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bonus Mirror API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', validatorUrl: null, deepLinking: true });\n`;

/** Makes the router. */
export function docsRouter(publicUrl: string): Router {
  const router = Router();
  const folder = assetFolder();
  let document: object | undefined;
  router.get('/openapi.json', (_req, res) => {
    // Made at the first request: by then every door has described itself.
    document ??= openApiDocument(publicUrl);
    res.json(document);
  });
  router.get('/docs', (_req, res) => {
    if (!folder) throw new Problem('not_found', { detail: 'This build has no page for reading; see /openapi.json.' });
    res.type('html').send(PAGE);
  });
  router.get('/docs/start.js', (_req, res) => {
    res.type('js').send(START);
  });
  router.get('/docs/:file', (req: Request<{ file: string }>, res, next) => {
    const file = FILES.find((name) => name === req.params.file);
    if (!folder || !file) throw new Problem('not_found');
    res.sendFile(file, { root: folder, maxAge: '1h' }, (error?: Error) => {
      if (error) next(error);
    });
  });
  return router;
}
