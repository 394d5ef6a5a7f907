/** What a till knows: the events of its journal, folded. It is the same while it works and after it was switched off. */
import type { Reply } from '../trial/doors.ts';
import { batchAnswer, goesWithoutPoints, isDone, meaningOf, paymentAnswer, refundAnswer } from './answers.ts';
import type { Line, Rung, Sent } from './journal.ts';

/** A call, sent once or more. */
export interface Call extends Omit<Sent, 'kind' | 'key'> {
  /** Of the last time. */
  readonly key: string;
  readonly times: number;
  /** The first answer that says what has become of it; null while there is none. */
  readonly final: Reply | null;
}

/** See the file's header. */
export class Memory {
  readonly sales = new Map<string, Rung>();
  readonly calls = new Map<string, Call>();
  /** Answers that say something else than an earlier one to the same call. */
  readonly contradictions: string[] = [];

  /** What a journal makes a till know. */
  static of(lines: readonly Line[]): Memory {
    const memory = new Memory();
    for (const line of lines) memory.take(line);
    return memory;
  }

  /** Takes one event in. */
  take(line: Line): void {
    switch (line.kind) {
      case 'rung':
        this.sales.set(line.receipt, line);
        return;
      case 'sent': {
        const { kind: _sent, ...call } = line;
        const before = this.calls.get(line.call);
        this.calls.set(line.call, { ...call, times: (before?.times ?? 0) + 1, final: before?.final ?? null });
        return;
      }
      case 'heard':
        this.#hear(line.call, { status: line.status, body: line.body });
    }
  }

  #hear(name: string, reply: Reply): void {
    const call = this.calls.get(name);
    if (!call) throw new Error(`the journal has an answer to ${name}, which was never sent`);
    const meaning = meaningOf(reply);
    if (meaning !== 'done' && meaning !== 'refused') return;
    if (!call.final) {
      this.calls.set(name, { ...call, final: reply });
      return;
    }
    const [one, other] = [gistOf(call, call.final), gistOf(call, reply)];
    if (one !== other) this.contradictions.push(`${name} was answered in two ways: ${one} and ${other}.`);
  }

  /** The call of that name. */
  call(name: string): Call {
    const call = this.calls.get(name);
    if (!call) throw new Error(`${name} was never sent`);
    return call;
  }

  /** Calls of a receipt, in the order in which they were first sent. */
  callsOf(receipt: string): Call[] {
    return [...this.calls.values()].filter((call) => call.receipt === receipt);
  }

  /** The last payment in two steps that is not at its end: what a till takes up when it is switched on. */
  unfinished(): Rung | null {
    const open = [...this.sales.values()].filter(
      ({ receipt, ending }) => (ending === 'capture' || ending === 'void') && !isOver(this.callsOf(receipt)),
    );
    return open.at(-1) ?? null;
  }

  /** How many batches were sent. */
  get batches(): number {
    return [...this.calls.values()].filter(({ step }) => step === 'batch').length;
  }

  /** Sales made offline that were in no batch yet, in their order. */
  offlineQueue(): Rung[] {
    const batched = new Set(
      [...this.calls.values()].flatMap(({ step, body }) => (step === 'batch' ? receiptsIn(body) : [])),
    );
    return [...this.sales.values()].filter(({ ending, receipt }) => ending === 'offline' && !batched.has(receipt));
  }
}

/** Whether a payment in two steps has its second one, or was refused without a way on. */
function isOver(calls: readonly Call[]): boolean {
  const last = calls.at(-1);
  if (!last?.final) return false;
  if (last.step !== 'authorize') return true;
  const lastWay = last.body['redeem'] === 'none' || !goesWithoutPoints(last.final);
  return !isDone(last.final) && lastWay;
}

const receiptsIn = (body: Readonly<Record<string, unknown>>): string[] =>
  (body['items'] as readonly { readonly receipt: string }[]).map(({ receipt }) => receipt);

/** What an answer says has happened, so that two can be compared: states and balances go on, what was moved does not. */
function gistOf({ step }: Call, { status, body }: Reply): string {
  if (!isDone({ status, body })) return `${status} ${(body as { code?: string } | null)?.code ?? ''}`;
  if (step === 'refund') return JSON.stringify(refundAnswer.parse(body));
  if (step === 'batch') return JSON.stringify(batchAnswer.parse(body).results.map(itemGist));
  return paymentGist(body);
}

const paymentGist = (body: unknown): string => {
  const { id, total, redeemed, accrued } = paymentAnswer.parse(body);
  return JSON.stringify({ id, total, redeemed, accrued });
};

const itemGist = ({ receipt, status, payment, problem }: ReturnType<typeof batchAnswer.parse>['results'][number]) =>
  payment ? `${receipt} ${paymentGist(payment)}` : `${receipt} ${status} ${problem?.code}`;
