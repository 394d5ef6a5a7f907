// `npm run client`: writes what is generated from the OpenAPI document; a test fails when it is stale.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../worker/paths.ts';
import { generate } from './generate.ts';

for (const [path, text] of Object.entries(await generate())) {
  await writeFile(join(packageRoot, path), text);
  console.log(`wrote ${path}`);
}
