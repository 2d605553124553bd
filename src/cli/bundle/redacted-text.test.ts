import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { publicKeysIn, redactText } from './redacted-text.ts'

const key = randomBytes(32).toString('base64')
const publicKey = randomBytes(32).toString('base64')
const pem = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const part = (text: object): string => Buffer.from(JSON.stringify(text)).toString('base64url')
const jwt = `${part({ alg: 'RS256', kid: 'x' })}.${part({ sub: 'system:node:aws-1' })}.${randomBytes(64).toString('base64url')}`
const k3s = `K10${randomBytes(32).toString('hex')}::server:hunter2hunter2`
const pemBody = pem.split('\n')[1] ?? ''

const redact = (text: string): string => redactText(text, new Set([publicKey])).text

describe('what is withheld of a text', () => {
  test.each<[what: string, text: string, secret: string, kept: string]>([
    ['a private key of WireGuard', `PrivateKey = ${key}\nListenPort = 51820`, key, 'ListenPort = 51820'],
    [
      'one in the middle of a sentence',
      `cannot use ${key}: it is taken`,
      key,
      'cannot use [withheld: key]: it is taken',
    ],
    ['one behind an equals sign', `uapi: k=${key}`, key, 'uapi: k=[withheld: key]'],
    ['one in JSON', `{"at":"${key}","port":1}`, key, '"port":1}'],
    ['one in the hexadecimal that wireguard-go speaks', `private_key=${'0a'.repeat(32)}\nfwmark=1`, '0a0a', 'fwmark=1'],
    ['a private key in PEM', `before\n${pem}after`, pemBody, 'before\n[withheld: private key]\nafter'],
    ['one that JSON has in one line', JSON.stringify({ pem, after: 1 }), pemBody, '"after":1'],
    ['the beginning of one, where a log ends', `x\n${pem.slice(0, 90)}`, pem.slice(40, 80).replace(/\s/g, ''), 'x\n'],
    ['the end of one, where a log begins', pem.slice(60), pem.slice(70, 90), '[withheld'],
    [
      'a PEM in base64, as kubeconfigs have it',
      `x: ${Buffer.from(pem).toString('base64')}`,
      Buffer.from(pem).toString('base64').slice(60),
      'x: ',
    ],
    ['a token of a service account', `token ${jwt} is not valid`, jwt.slice(0, 40), 'is not valid'],
    ['one in a header', `Authorization: Bearer ${jwt}`, jwt.slice(-40), 'Authorization'],
    ['an opaque one in a header', 'curl -H "authorization: Bearer abcDEF123456789"', 'abcDEF123456789', 'curl'],
    [
      'user and password in a header',
      'Authorization: Basic YWRtaW46aHVudGVyMg==',
      'YWRtaW46aHVudGVyMg',
      'Authorization',
    ],
    ['a token of k3s', `K3S_TOKEN=${k3s}`, 'hunter2hunter2', 'K3S_TOKEN='],
    ['one of k3s alone', `joined by ${k3s}`, 'hunter2hunter2', 'joined by '],
    [
      'a token of kubeadm',
      'kubeadm join --token abcdef.0123456789abcdef 203.0.113.10:6443',
      '0123456789abcdef',
      '203.0.113.10:6443',
    ],
    [
      'a password in an address',
      'via http://proxy:hunter2@10.0.0.1:3128/',
      'hunter2',
      'via http://proxy:[withheld: password]@10.0.0.1:3128/',
    ],
    ['a password by its name', 'password=hunter2 user=it', 'hunter2', 'user=it'],
    ['one with a longer name', 'DB_PASSWORD: "hunter 2"\nport: 1', 'hunter 2', 'port: 1'],
    ['a field of JSON by its name', '{"clientSecret":"hunter2","port":1}', 'hunter2', '"port":1'],
    ['a field of JSON in JSON', '{"applied":"{\\"token\\":\\"hunter2\\",\\"port\\":1}"}', 'hunter2', 'port'],
    ['an option of a command', 'run --api-key hunter2 --port 1', 'hunter2', '--port 1'],
    [
      'users of a kubeconfig',
      'users:\n- name: it\n  user:\n    token: opaque-and-long\n',
      'opaque-and-long',
      'name: it',
    ],
  ])('%s', (_, text, secret, kept) => {
    expect(text).toContain(secret)
    const redacted = redact(text)
    expect(redacted).not.toContain(secret)
    expect(redacted).toContain('[withheld: ')
    expect(redacted).toContain(kept)
  })
})

describe('what stays', () => {
  test.each([
    ['a public key that is known', `peer: ${publicKey}`],
    ['a digest of an image', `image: it@sha256:${'ab'.repeat(32)}`],
    ['an identifier of a container', `containerd://${'0f'.repeat(32)}`],
    ['addresses and prefixes', '10.42.0.0/16 fd42:42::/48 203.0.113.11:51820'],
    ['names of nodes and pods', 'damask-agent-x7k2p on ip-10-0-0-7.ec2.internal'],
    ['a domain name that is as long as a token of kubeadm', 'sensor.production.internal.example'],
    ['fields that say whether there is a secret', 'automountServiceAccountToken: false'],
    ['what is withheld already', 'password=[withheld: value]'],
    ['a time and a number', '"time":1763814468000,"msg":"the plan is applied"'],
  ])('%s', (_, text) => {
    expect(redactText(text, new Set([publicKey]))).toEqual({ text, withheld: 0 })
  })

  test('twice is as once', () => {
    const text = [pem, jwt, key, k3s, 'password: "hunter 2"', 'Bearer abcdefghijk'].join('\n')
    const once = redact(text)
    expect(redactText(once, new Set())).toEqual({ text: once, withheld: 0 })
  })
})

test('keys that a document names as public are found in it', () => {
  expect(publicKeysIn(JSON.stringify({ peers: [{ publicKey }], privateKey: key }))).toEqual([publicKey])
})
