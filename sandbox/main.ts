/** Starts the sandbox as a process of its own, from the environment. */
import { startSandbox } from './server.ts';
import type { SandboxOptions } from './server.ts';

class SettingError extends Error {}

function optionsFromEnvironment(env: NodeJS.ProcessEnv): SandboxOptions & { port: number } {
  const port = wholeNumber(env, 'SANDBOX_PORT', 4010, 65_535);
  const required = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new SettingError(`${name} must be set.`);
    return value;
  };
  const common = {
    port,
    dataDir: env['SANDBOX_DIR'] || '.data/sandbox',
    partnerToken: required('SANDBOX_PARTNER_TOKEN'),
    userToken: required('SANDBOX_USER_TOKEN'),
  };
  if (!env['SANDBOX_WEBHOOK_DELAY_MS']) return common;
  return { ...common, webhookDelayMs: wholeNumber(env, 'SANDBOX_WEBHOOK_DELAY_MS', 0, 3_600_000) };
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, fallback: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (!/^\d+$/.test(text) || Number(text) > max) {
    throw new SettingError(`${name} must be a whole number from 0 to ${max}, not "${text}".`);
  }
  return Number(text);
}

/** One sentence that says what to do about it. */
function explain(error: unknown, port: number): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `The sandbox cannot start: port ${port} is in use, choose another with SANDBOX_PORT.`;
  }
  return `The sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`;
}

async function main(): Promise<void> {
  let port = 0;
  try {
    const options = optionsFromEnvironment(process.env);
    port = options.port;
    const sandbox = await startSandbox(options);
    const stop = (): void => void sandbox.close().then(() => process.exit(0));
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    // Started as a child with an IPC channel, it must not outlive its parent, however that ended.
    process.once('disconnect', stop);
    console.log(`Altegio sandbox ready at ${sandbox.url} (control at ${sandbox.controlUrl})`);
    process.send?.({ ready: true, url: sandbox.url, controlUrl: sandbox.controlUrl, port: sandbox.port });
  } catch (error) {
    console.error(explain(error, port));
    process.exitCode = 1;
    // An open IPC channel would keep a process alive that has nothing to do.
    if (process.connected) process.disconnect();
  }
}

await main();
