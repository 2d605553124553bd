import { describe, expect, it } from 'vitest'
import { apiServerFrom } from './api-server.ts'

const IN_A_POD = { host: '10.43.0.1', port: '443' }

describe('the API server of an agent', () => {
  it('is what a pod is told, with the credentials of the pod', () => {
    expect(apiServerFrom({ kubernetesService: IN_A_POD })).toEqual({
      isInCluster: true,
      server: 'https://10.43.0.1:443',
    })
    expect(apiServerFrom({ kubernetesService: { host: 'fd43::1', port: '443' } })).toMatchObject({
      server: 'https://[fd43::1]:443',
    })
  })

  it('is another address where one is given: services may not work yet', () => {
    const apiServer = 'https://203.0.113.10:6443'
    expect(apiServerFrom({ apiServer, kubernetesService: IN_A_POD })).toEqual({ isInCluster: true, server: apiServer })
    expect(apiServerFrom({ apiServer, kubeconfig: 'k', kubernetesService: IN_A_POD })).toEqual({
      kubeconfig: 'k',
      server: apiServer,
    })
  })

  it('is that of the kubeconfig, also in a pod', () => {
    expect(apiServerFrom({ kubeconfig: 'k', kubernetesService: IN_A_POD })).toEqual({ kubeconfig: 'k' })
  })

  it('is asked for where nothing says it, and where it is no address', () => {
    expect(apiServerFrom({})).toMatch(/so say --kubeconfig FILE$/)
    expect(apiServerFrom({ apiServer: '203.0.113.10:6443' })).toMatch(/write it as https:/)
  })
})
