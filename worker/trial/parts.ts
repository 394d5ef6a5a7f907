/** The kinds of process that the stack of a trial consists of. */
export const PARTS = ['worker', 'api', 'postgres', 'temporal', 'sandbox'] as const;
export type PartKind = (typeof PARTS)[number];

/** Processes of the product; two of each, so that one can die or be slow while the other works. */
export const COPIES = 2;
