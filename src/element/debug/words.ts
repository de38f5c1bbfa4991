/** The words of the log of requests. They are no part of `Messages`: only the elements with `debug` load them. */

const NAMES = ['requests', 'none', 'time', 'operation', 'part', 'attempt', 'result', 'requestId', 'key', 'aborted', 'unanswered'] as const;

/** In the order of the names. */
const LANGUAGES: Record<string, string> = {
  en: 'Requests|No requests yet.|Time|Operation|Part|Attempt|Result|Request ID|Key|stopped|no answer',
  de: 'Anfragen|Noch keine Anfragen.|Zeit|Operation|Teil|Versuch|Ergebnis|Anfrage-ID|Schlüssel|abgebrochen|keine Antwort',
  es: 'Solicitudes|Aún no hay solicitudes.|Hora|Operación|Parte|Intento|Resultado|ID de solicitud|Clave|interrumpida|sin respuesta',
  fr: 'Requêtes|Aucune requête pour l’instant.|Heure|Opération|Partie|Essai|Résultat|ID de requête|Clé|interrompue|sans réponse',
  ja: 'リクエスト|リクエストはまだありません。|時刻|操作|パート|試行|結果|リクエスト ID|キー|中止|応答なし',
  ko: '요청|아직 요청이 없습니다.|시각|작업|파트|시도|결과|요청 ID|키|중단됨|응답 없음',
  pt: 'Requisições|Nenhuma requisição ainda.|Hora|Operação|Parte|Tentativa|Resultado|ID da requisição|Chave|interrompida|sem resposta',
  'zh-CN': '请求|暂无请求。|时间|操作|分片|尝试|结果|请求 ID|对象|已中止|无响应',
  'zh-TW': '請求|尚無請求。|時間|操作|分片|嘗試|結果|請求 ID|物件|已中止|無回應',
};

export type Words = Record<(typeof NAMES)[number], string>;

/** @param language that of the element's own texts, such as `pt-BR` */
export function wordsIn(language: string): Words {
  const words = (LANGUAGES[language] ?? LANGUAGES[language.replace(/-.*/, '')] ?? (LANGUAGES['en'] as string)).split('|');
  return Object.fromEntries(NAMES.map((name, index) => [name, words[index]])) as Words;
}
