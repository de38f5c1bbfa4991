/** What the adapters make is what older widgets take. Checked by types.spec.ts, never run. */
import type { UploadFile as VueUploadFile, UploadProps as VueUploadProps } from 'ant-design-vue';
import type { UploadFile, UploadProps } from 'antd5';
import type { UploadResult } from 'oss-resumable';
import type { CustomRequest } from 'oss-resumable/antd';

declare const customRequest: CustomRequest;

customRequest satisfies NonNullable<UploadProps['customRequest']>;
customRequest satisfies NonNullable<UploadProps<UploadResult>['customRequest']>;
// @ts-expect-error: a response of another type is not what an upload comes to.
customRequest satisfies NonNullable<UploadProps<{ id: number }>['customRequest']>;
({ customRequest, onRemove: (file) => void customRequest.taskOf(file)?.abort() }) satisfies UploadProps;

customRequest satisfies NonNullable<VueUploadProps['customRequest']>;
({ customRequest, onRemove: (file) => void customRequest.taskOf(file)?.abort() }) satisfies VueUploadProps;

declare const row: UploadFile;
declare const vueRow: VueUploadFile;
customRequest.taskOf(row);
customRequest.taskOf(vueRow);
