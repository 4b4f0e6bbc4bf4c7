/** Secrets that the platform makes, recognised where they do not belong: in a user name, a topic or a path. */

/** 256 random bits in base64url, as those of devices and, behind a prefix, of tokens are. */
const RUN = /(?<![\w-])(?:iotctl_[a-z]+_)?[\w-]{43}(?![\w-])/g;

/** Names of that length are seldom so mixed; without these conditions a readable one could be taken for a secret. */
const isMixed = (run: string): boolean => /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run);

/** The text with `hidden` for each: for what is kept of words that were typed, and of a request that was refused. */
export const withoutSecrets = (text: string, hidden = '(hidden)'): string =>
  text.replaceAll(RUN, run => (run.startsWith('iotctl_') || isMixed(run) ? hidden : run));

export const holdsSecret = (text: string): boolean => withoutSecrets(text) !== text;
