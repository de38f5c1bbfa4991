package presign // The URLs that `signer: async (requests) => …` answers with, by alibabacloud-oss-go-sdk-v2. goimports adds the imports.
type Asked struct { Method, Key string; Query, Headers map[string]string } // One of the page's requests.

// Each request of an upload by its method and parameters, and nothing else: no reading, no deleting, no ACL.
var allowed = regexp.MustCompile(`^(POST (uploads|uploadId)|PUT( partNumber uploadId)?|(GET|DELETE) uploadId|HEAD)$`)
var allowedHeader = regexp.MustCompile(`^(content-(type|md5)|x-oss-(meta-[\w-]+|forbid-overwrite|storage-class))$`)
var unsafe = regexp.MustCompile(`/\.{0,2}(/|$)|[\\\x00-\x1f]`)

// URL signs one request. The prefix is that of the user whom your session check has found, such as "users/42/".
func URL(ctx context.Context, keys credentials.Credentials, prefix string, asked Asked) (string, error) {
	query, names := url.Values{}, []string{asked.Method}
	for name, value := range asked.Query {
		query.Set(name, value)
		if name != "encoding-type" && name != "max-parts" && name != "part-number-marker" { names = append(names, name) }
	}
	sort.Strings(names[1:])
	isFine := allowed.MatchString(strings.Join(names, " ")) && strings.HasPrefix(asked.Key, prefix) && !unsafe.MatchString(asked.Key)
	target := url.URL{Scheme: "https", Host: "examplebucket.oss-cn-hangzhou.aliyuncs.com", Path: "/" + asked.Key, RawQuery: query.Encode()}
	request, err := http.NewRequestWithContext(ctx, asked.Method, target.String(), nil)
	for name, value := range asked.Headers {
		isFine = isFine && allowedHeader.MatchString(name)
		if err == nil { request.Header.Set(name, value) }
	}
	if !isFine || err != nil { return "", errors.New("not allowed") }
	region, bucket, product := "cn-hangzhou", "examplebucket", "oss"
	signing := signer.SigningContext{Region: &region, Bucket: &bucket, Product: &product, Key: &asked.Key, Request: request,
		Credentials: &keys, AuthMethodQuery: true, Time: time.Now().Add(15 * time.Minute)}
	err = (&signer.SignerV4{}).Sign(ctx, &signing)
	return request.URL.String(), err
}
