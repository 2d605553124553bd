import { describe, expect, it } from 'vitest'
import { openSecretLog } from './secret-log.ts'

const KEY = 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo='

describe('the log', () => {
  it('writes a private key in no field, no message, no error and no form', () => {
    const lines: string[] = []
    const log = openSecretLog({ level: 'debug', node: 'aws-1', write: (line) => lines.push(line) })
    log.hide(KEY)
    log.info({ deep: { list: [KEY] }, privateKey: 'another' }, `the key is ${KEY}`)
    log.error({ cause: new Error(`set private_key=${Buffer.from(KEY, 'base64').toString('hex')}`) }, 'failed')
    const text = lines.join('')
    expect(text).not.toContain(KEY)
    expect(text).not.toContain(Buffer.from(KEY, 'base64').toString('hex'))
    expect(text).not.toContain('another')
    expect(text).toContain('[hidden]')
    expect(lines).toHaveLength(2)
  })

  it('writes a JSON object a line, with level, node and time', () => {
    const lines: string[] = []
    const log = openSecretLog({ level: 'info', node: 'aws-1', write: (line) => lines.push(line) })
    log.debug({}, 'too little')
    log.warn({ peers: 3 }, 'something')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', node: 'aws-1', peers: 3, msg: 'something' })
    expect(lines[0]?.endsWith('\n')).toBe(true)
  })
})
