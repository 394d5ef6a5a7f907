/** A start that cannot go on for a reason the operator can mend: the message is one sentence, shown without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}

/** A variable is missing or wrong; the message names it and says what is expected. */
export class ConfigError extends StartError {
  override name = 'ConfigError';
}
