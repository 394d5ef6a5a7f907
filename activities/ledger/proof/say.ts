/** What a proof says link by link. */

/** The links of the chain that is proven. */
export type Link = 'key' | 'request' | 'workflow' | 'write' | 'line' | 'transfer' | 'balance';

/** One sentence about one link. */
export interface Said {
  readonly weight: 'wrong' | 'waiting' | 'note';
  readonly link: Link;
  readonly sentence: string;
}

/** Collects them. */
export class Say {
  readonly all: Said[] = [];

  wrong(link: Link, sentence: string): void {
    this.all.push({ weight: 'wrong', link, sentence });
  }

  /** Not finished yet. */
  waiting(link: Link, sentence: string): void {
    this.all.push({ weight: 'waiting', link, sentence });
  }

  note(link: Link, sentence: string): void {
    this.all.push({ weight: 'note', link, sentence });
  }

  /** Any wrong link makes it wrong, otherwise any that waits unfinished. */
  get verdict(): 'exactly_once' | 'not_finished' | 'wrong' {
    const has = (weight: Said['weight']) => this.all.some((said) => said.weight === weight);
    return has('wrong') ? 'wrong' : has('waiting') ? 'not_finished' : 'exactly_once';
  }
}
