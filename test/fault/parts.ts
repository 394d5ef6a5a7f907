/** Means to stop the product's processes at an exact place: a gate at a commit, and a wire that can be cut. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { until } from '../service/until.ts';

/** Holds the commit of this card's next write: its row is made, and nothing has been sent. */
export interface Gate {
  /** Waits until a process stands at the gate. */
  reached(): Promise<void>;
  /** Lets the commit happen, whether or not the process that asked for it still lives. */
  open(): Promise<void>;
}

const GATE = 4_711;

/** See {@link Gate}. Made of a deferred constraint trigger, which PostgreSQL runs inside COMMIT. */
export async function gateAtWrite(databaseUrl: string, cardId: number): Promise<Gate> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  // A test that fails leaves it to the end of the database.
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query(`
    create function gate() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(${GATE}); return null; end $$;
    create constraint trigger gate after insert on altegio_write deferrable initially deferred
      for each row when (new.card_id = ${cardId}) execute function gate()`);
  await holder.query(`select pg_advisory_lock(${GATE})`);
  return {
    reached: () =>
      until('a commit stands at the gate', async () => {
        const waiting = `select 1 from pg_locks where locktype = 'advisory' and objid = ${GATE} and not granted`;
        return (await holder.query(waiting)).rowCount === 1;
      }),
    async open() {
      await holder.query(`select pg_advisory_unlock(${GATE})`);
      await holder.query('drop trigger gate on altegio_write; drop function gate');
      await holder.end();
    },
  };
}

/** A wire to an address that can be cut and mended. */
export class Wire {
  readonly address: string;
  private readonly server: Server;
  private readonly sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.server = server;
    this.sockets = sockets;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async to(target: string): Promise<Wire> {
    const [host = '', port = ''] = target.split(':');
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(Number(port), host);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    await listen(server, 0);
    return new Wire(server, sockets);
  }

  /** From now on nobody answers there. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async mend(): Promise<void> {
    await listen(this.server, Number(this.address.split(':')[1]));
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
