// What the system said when a file could not be read or written, for people.

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'may not be read: permission denied',
  EPERM: 'may not be read: not permitted',
  ELOOP: 'is a link that leads to itself',
  ENOTDIR: 'there is no such file or folder: a part of the path is a file',
  ENAMETOOLONG: 'the path is too long',
}

export const systemCode = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined

export function systemMessage(cause: unknown): string {
  const code = systemCode(cause)
  const sentence = code === undefined ? undefined : SENTENCES[code]
  if (sentence !== undefined) return sentence
  return `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
}
