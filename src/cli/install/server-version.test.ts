import { describe, expect, test } from 'vitest'
import type { KubernetesApi } from '../../store/index.ts'
import { checkServerVersion } from './server-version.ts'

/** What an API server of that version answers to /version. */
const serverOf = (minor: string) =>
  ({
    server: 'https://203.0.113.10:6443',
    getText: async () => JSON.stringify({ major: '1', minor, gitVersion: `v1.${minor}.0` }),
  }) as Partial<KubernetesApi> as KubernetesApi

describe('the admission policy is there since Kubernetes 1.30', () => {
  test.each(['30', '31+', '36'])('1.%s is taken', async (minor) => {
    await checkServerVersion(serverOf(minor), true)
  })

  test.each(['29', '26+'])('1.%s is refused, and told what doing without it means', async (minor) => {
    await expect(checkServerVersion(serverOf(minor), true)).rejects.toThrow(
      /supports Kubernetes 1\.30 and newer.*--no-admission-policy.*replace the public keys of other nodes/,
    )
    await checkServerVersion(serverOf(minor), false)
  })
})
