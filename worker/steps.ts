import { styleText } from 'node:util';

/** Where the start tells what it is doing. */
export interface Report {
  /** Runs one step, showing its title while it works and how long it took. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  /** Prints one line. */
  line(text: string): void;
}

/** The part of a terminal that a report needs; tests pass their own. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Reports to a terminal with a running clock, and to anything else with plain lines. */
export function screenReport(screen: Screen = process.stdout): Report {
  return {
    line: (text) => void screen.write(`${text}\n`),
    step: (title, work) => runStep(screen, title, work),
  };
}

async function runStep<T>(
  screen: Screen,
  title: string,
  work: (detail: (text: string) => void) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const live = screen.isTTY === true;
  let current = '';
  const draw = () =>
    screen.write(`\r\u001b[K${styleText('dim', '…')} ${title}  ${styleText('dim', seconds())} ${current}`);
  if (live) draw();
  const clock = live ? setInterval(draw, 500) : undefined;
  const detail = (text: string) => {
    current = text;
    if (!live) screen.write(`… ${title}: ${text}\n`);
  };
  try {
    const result = await work(detail);
    screen.write(
      live ? `\r\u001b[K${styleText('green', '✓')} ${title}  ${seconds()}\n` : `${title} ready after ${seconds()}\n`,
    );
    return result;
  } catch (error) {
    if (live) screen.write(`\r\u001b[K${styleText('red', '✗')} ${title}  ${seconds()}\n`);
    throw error;
  } finally {
    clearInterval(clock);
  }
}
