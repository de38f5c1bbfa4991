/** The URLs that `signer: async (requests) => …` answers with, by com.aliyun.oss:aliyun-sdk-oss 3.18. Imports of java.util and the SDK are left out. */
public final class Presign {
    /** One of the page's requests. */
    public record Asked(String method, String key, Map<String, String> query, Map<String, String> headers) {}

    /** Each request of an upload by its method and parameters, and nothing else: no reading, no deleting, no ACL. */
    private static final String ALLOWED = "POST (uploads|uploadId)|PUT( partNumber uploadId)?|(GET|DELETE) uploadId|HEAD";
    private static final String HEADERS = "content-(type|md5)|x-oss-(meta-[\\w-]+|forbid-overwrite|storage-class)";
    private static final Pattern UNSAFE = Pattern.compile("/\\.{0,2}(/|\\z)|[\\\\\\x00-\\x1f]");

    /** `oss` is built with `SignVersion.V4` and a region. The prefix is that of the user whom your session check has found, such as "users/42/". */
    public static String url(OSS oss, String prefix, Asked asked) {
        var names = new TreeSet<>(asked.query().keySet());
        names.removeAll(Set.of("encoding-type", "max-parts", "part-number-marker"));
        var shape = (asked.method() + " " + String.join(" ", names)).trim();
        var isFine = shape.matches(ALLOWED) && asked.key().startsWith(prefix) && !UNSAFE.matcher(asked.key()).find()
            && asked.headers().keySet().stream().allMatch(name -> name.matches(HEADERS));
        if (!isFine) throw new SecurityException("not allowed");
        // The constructor takes every method; setMethod() would not.
        var request = new GeneratePresignedUrlRequest("examplebucket", asked.key(), HttpMethod.valueOf(asked.method()));
        request.setExpiration(new Date(System.currentTimeMillis() + 15 * 60_000));
        request.setQueryParameter(new HashMap<>(asked.query()));
        request.setHeaders(new HashMap<>(asked.headers()));
        return oss.generatePresignedUrl(request).toString();
    }
}
