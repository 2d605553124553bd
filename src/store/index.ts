// Store: where resources live. Reads files and folders of YAML to a World, with the place of everything that is wrong, and
// watches a folder for changes.
// Never: deciding what the World means (planner), touching a kernel, writing a file that a person wrote.
export type { ReadResult } from './assemble-world.ts'
export { type DirectoryStore, type DirectoryStoreSettings, openDirectoryStore } from './directory-store.ts'
export { formatIssue, type Issue } from './issue.ts'
export { readWorld } from './store-reader.ts'
