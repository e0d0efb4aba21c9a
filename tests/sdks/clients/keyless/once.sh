# A client of ../, which counts calls of STS: it is led to the endpoint, and calls for a second.
cd ..
ENDPOINT=$AWS_ENDPOINT_URL DURATION=1 "$@" | while read -r word rest; do
    case $word in
        ok) echo "ok sts" ;;
        failed:) echo "failed sts $rest" ;;
        version) echo "version $rest" ;;
    esac
done | sort -u
