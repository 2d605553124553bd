// libnftables: nft's own parser, cache and transactions inside this process. The only file that calls it.
import koffi, { type KoffiFunc } from 'koffi'
import { keepDescriptorsFromChildren } from '../descriptors.ts'
import { inNamespace, type NamespaceHandle } from '../namespace.ts'

const LIBRARY = 'libnftables.so.1'
const PACKAGE = 'libnftables1'
const NFT_CTX_OUTPUT_JSON = 1 << 4
/** A syntax error, with which the kernel is not asked anything. */
const NO_COMMAND = '!'

export type Nftables = {
  /**
   * Runs commands in nft's language as one transaction; what they print is returned. Name links by `iifname` and
   * `oifname`: `iif` and `oif` would be looked up in the namespace of the thread, not of this socket.
   */
  run(commands: string): Promise<string>
  /** Runs commands of libnftables-json(5) as one transaction; the objects that they list are returned. */
  runJson(commands: readonly object[]): Promise<readonly unknown[]>
  /** Lets go of what the library keeps of the tables that it read: over half a kilobyte an element. The next command reads them again. */
  forget(): Promise<void>
  /** Waits for what is under way, and refuses the rest. */
  close(): void
}

/** nft refused a transaction: nothing of it was made. */
export type NftablesError = Error & { readonly code: string }

/** The library prints JSON by way of variables of the process: two contexts that do so at once end it (an assertion in 1.0.6). */
let last: Promise<unknown> = Promise.resolve()

/** Opens nftables of the namespace. Its socket stays there; the calls run on threads of the pool, one in the process after the other. */
export function openNftables(namespace?: NamespaceHandle): Nftables {
  const native = loadLibrary()
  const context = inNamespace(namespace, () => native.create(0))
  keepDescriptorsFromChildren() // libmnl opens its socket without SOCK_CLOEXEC
  native.bufferOutput(context)
  native.bufferError(context)
  let waiting = 0
  let isOpen = true

  function queue(text: string, flags: number): Promise<string> {
    if (!isOpen) return Promise.reject(new Error('nftables was closed; nothing more can be run through it'))
    waiting++
    const turn = last.then(() => runNow(text, flags))
    last = turn.then(finish, finish)
    return turn
  }
  function finish(): void {
    waiting--
    freeIfDone()
  }
  function freeIfDone(): void {
    if (!isOpen && waiting === 0) native.free(context)
  }
  function runNow(text: string, flags: number): Promise<string> {
    native.setOutputFlags(context, flags)
    return new Promise((resolve, reject) => {
      native.run.async(context, text, (error: unknown, status: number) => {
        if (error) reject(error)
        else if (status !== 0) reject(nftablesError(native.errorText(context)))
        else resolve(native.outputText(context))
      })
    })
  }

  return {
    run: (commands) => queue(commands, 0),
    async runJson(commands) {
      const printed = await queue(JSON.stringify({ nftables: commands }), NFT_CTX_OUTPUT_JSON)
      return printed === '' ? [] : objectsOf(JSON.parse(printed))
    },
    async forget() {
      // It keeps its cache until a command fails, and offers nothing else for that but to end the context.
      await queue(NO_COMMAND, 0).catch(() => {})
    },
    close() {
      if (!isOpen) return
      isOpen = false
      freeIfDone()
    },
  }
}

function objectsOf(document: unknown): readonly unknown[] {
  if (typeof document === 'object' && document !== null && 'nftables' in document && Array.isArray(document.nftables)) {
    return document.nftables
  }
  throw new Error('libnftables printed JSON without a list "nftables"')
}

// The texts of strerror(3) that libnftables prints in place of numbers.
const CODES: readonly (readonly [text: string, code: string])[] = [
  ['No such file or directory', 'ENOENT'],
  ['File exists', 'EEXIST'],
  ['Operation not permitted', 'EPERM'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Device or resource busy', 'EBUSY'],
  ['No buffer space available', 'ENOBUFS'],
]

function nftablesError(printed: string): NftablesError {
  // Position and an echo of the input, which may be a megabyte long, are of no use to a reader.
  const sentences = printed.split('\n').flatMap((line) => /Error: (.*)/.exec(line)?.[1] ?? [])
  const said = sentences.join('; ') || printed.slice(0, 200) || 'no reason given'
  const code = CODES.find(([text]) => said.includes(text))?.[1] ?? 'EINVAL'
  return Object.assign(new Error(`nftables refused it: ${said}`), { code })
}

type Context = bigint
type Library = {
  readonly create: (flags: number) => Context
  readonly free: (context: Context) => void
  readonly bufferOutput: (context: Context) => number
  readonly bufferError: (context: Context) => number
  readonly outputText: (context: Context) => string
  readonly errorText: (context: Context) => string
  readonly setOutputFlags: (context: Context, flags: number) => void
  readonly run: KoffiFunc<(context: Context, text: string) => number>
}

let loaded: Library | undefined
// At the first use, so that the room can be imported where the library is missing.
function loadLibrary(): Library {
  loaded ??= declare(openLibrary())
  return loaded
}

function openLibrary(): ReturnType<typeof koffi.load> {
  try {
    return koffi.load(LIBRARY)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`cannot load ${LIBRARY}: ${said}; install the package ${PACKAGE}`, { cause })
  }
}

const declare = (library: ReturnType<typeof koffi.load>): Library => ({
  create: library.func('void *nft_ctx_new(uint32_t)'),
  free: library.func('void nft_ctx_free(void *)'),
  bufferOutput: library.func('int nft_ctx_buffer_output(void *)'),
  bufferError: library.func('int nft_ctx_buffer_error(void *)'),
  outputText: library.func('const char *nft_ctx_get_output_buffer(void *)'),
  errorText: library.func('const char *nft_ctx_get_error_buffer(void *)'),
  setOutputFlags: library.func('void nft_ctx_output_set_flags(void *, unsigned int)'),
  run: library.func('int nft_run_cmd_from_buffer(void *, const char *)'),
})
