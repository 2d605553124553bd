// Private keys are never said, wherever they stand: in a command of the shell, or in a line that is no setting.

/** 32 bytes in base64, with a few characters too many or too few; a name of a file has dots and dashes sooner. */
const KEY = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,46}(?![A-Za-z0-9+/])=?/g

/** The text with `(a key)` where one may stand. */
export const hideKeys = (text: string): string => text.replace(KEY, '(a key)')
