// The lines of a stream of bytes, whole, however the bytes come: a chunk may end inside a character.

/** Bytes. etcd takes no object of more than 1.5 MB; without a limit, a server that sends no line end would fill the memory. */
const LONGEST_LINE = 32 * 1024 * 1024

const LINE_END = 0x0a

/** Returns what takes the chunks. */
export function splitLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let begun: Buffer[] = []
  let begunBytes = 0

  function keep(part: Buffer): void {
    if (part.length === 0) return
    begunBytes += part.length
    if (begunBytes > LONGEST_LINE) throw new Error(`a line of the stream is longer than ${LONGEST_LINE} bytes`)
    begun.push(part)
  }

  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      const rest = chunk.subarray(from, end)
      const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest])
      begun = []
      begunBytes = 0
      from = end + 1
      if (line.length > 0) onLine(line.toString('utf8'))
    }
    keep(chunk.subarray(from))
  }
}
