// Last step of `npm run build`: what a start needs besides the compiled modules.
import { cpSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { workflowBundle } from './bundle.ts';
import { codeRoot, packageRoot } from './paths.ts';

const docsFiles = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
];

/** The page at /docs is served from our own files: it asks no outside host, and the package is not needed at run time. */
function copyDocsUi(): void {
  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const target = join(codeRoot, 'docs-ui');
  mkdirSync(target, { recursive: true });
  for (const file of docsFiles) cpSync(join(source, file), join(target, file));
}

/** The font of statements, with its licence; the package with all its weights is not needed at run time. */
function copyFont(): void {
  const source = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans/package.json'));
  const target = join(codeRoot, 'fonts');
  mkdirSync(target, { recursive: true });
  cpSync(join(source, '400Regular', 'NotoSans_400Regular.ttf'), join(target, 'NotoSans_400Regular.ttf'));
  cpSync(join(source, 'LICENSE_FONT'), join(target, 'LICENSE_FONT'));
}

/** What a browser gets of the page /play lies beside the code that serves it. */
function copyPlayPage(): void {
  const place = join('api', 'play', 'page');
  const served = (path: string) => !path.endsWith('tsconfig.json');
  cpSync(join(packageRoot, place), join(codeRoot, place), { recursive: true, filter: served });
}

copyDocsUi();
copyFont();
copyPlayPage();
await workflowBundle();
