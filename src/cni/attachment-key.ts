import type { Attachment } from './request-fields.ts'

/** One text for each attachment: "/" stands in neither part. */
export const attachmentKey = ({ containerId, interfaceName }: Attachment): string => `${containerId}/${interfaceName}`
