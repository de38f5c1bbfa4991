/** What the adapters make is what the widgets take. Checked by types.spec.ts, never run. */
import type { UploadFile, UploadProps } from 'antd';
import type { UploadFile as ElUploadFile, UploadProps as ElUploadProps, UploadRequestHandler } from 'element-plus';
import type { CustomRequest } from 'oss-resumable/antd';
import type { HttpRequest } from 'oss-resumable/element-plus';
import type { UploadResult } from 'oss-resumable';

declare const customRequest: CustomRequest;
declare const httpRequest: HttpRequest;

customRequest satisfies NonNullable<UploadProps['customRequest']>;
customRequest satisfies NonNullable<UploadProps<UploadResult>['customRequest']>;
// @ts-expect-error: a response of another type is not what an upload comes to.
customRequest satisfies NonNullable<UploadProps<{ id: number }>['customRequest']>;
({ customRequest, onRemove: (file) => void customRequest.taskOf(file)?.abort() }) satisfies UploadProps;

httpRequest satisfies UploadRequestHandler;
({ httpRequest, onRemove: (file) => void httpRequest.taskOf(file)?.abort() }) satisfies Partial<ElUploadProps>;

declare const row: UploadFile;
declare const elementRow: ElUploadFile;
customRequest.taskOf(row);
customRequest.taskOf(row.originFileObj!);
httpRequest.taskOf(elementRow);
httpRequest.taskOf(elementRow.raw!);
// @ts-expect-error: a name is no file.
customRequest.taskOf('file.bin');
