<?php
/** presign.php: answers `signer: async (requests) => …` with URLs. composer require aliyuncs/oss-sdk-php:^2.7 */
require 'vendor/autoload.php';
session_start(); // Your session check.
if (!isset($_SESSION['user'])) exit(http_response_code(403));
$credentials = (new OSS\Credentials\EnvironmentVariableCredentialsProvider())->getCredentials();
// Each request of an upload by its method and parameters, and nothing else: no reading, no deleting, no ACL.
$allowed = '/^(POST (uploads|uploadId)|PUT( partNumber,uploadId)?|(GET|DELETE) uploadId|HEAD)$/D';
$prefix = "users/{$_SESSION['user']}/";
$answer = array_map(function ($asked) use ($credentials, $allowed, $prefix) {
    ['method' => $method, 'key' => $key, 'query' => $query, 'headers' => $headers] = $asked;
    $names = array_diff(array_keys($query), ['encoding-type', 'max-parts', 'part-number-marker']);
    sort($names);
    $isFine = preg_match($allowed, trim("$method " . implode(',', $names)))
        && str_starts_with($key, $prefix) && preg_match('#^(?!(.*/)?\.{0,2}(/|$))[^\\\\\x00-\x1f]+$#uD', substr($key, strlen($prefix)))
        && !preg_grep('/^(content-(type|md5)|x-oss-(meta-[\w-]+|forbid-overwrite|storage-class))$/D', array_keys($headers), PREG_GREP_INVERT);
    if (!$isFine) exit(http_response_code(403));
    $path = implode('/', array_map('rawurlencode', explode('/', $key)));
    $url = "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/$path?" . http_build_query($query, '', '&', PHP_QUERY_RFC3986);
    $request = new OSS\Http\RequestCore($url);
    $request->set_method($method);
    foreach ($headers as $name => $value) $request->add_header($name, $value);
    $options = ['bucket' => 'examplebucket', 'key' => $key, 'region' => 'cn-hangzhou', 'product' => 'oss', 'expiration' => time() + 900];
    (new OSS\Signer\SignerV4())->presign($request, $credentials, $options);
    return ['url' => $request->request_url];
}, json_decode(file_get_contents('php://input'), true)['requests']);
header('Content-Type: application/json');
echo json_encode($answer);
