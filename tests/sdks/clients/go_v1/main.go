// Says which version it is, calls once a second for DURATION seconds, and says what came of it.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sts"
)

func main() {
	settings := aws.NewConfig().WithEndpoint(os.Getenv("ENDPOINT"))
	client := sts.New(session.Must(session.NewSession(settings)))
	fmt.Println("version", aws.SDKVersion)
	duration, _ := time.ParseDuration(os.Getenv("DURATION") + "s")
	for end := time.Now().Add(duration); time.Now().Before(end); {
		next := time.Now().Add(time.Second)
		if _, why := client.GetCallerIdentity(nil); why == nil {
			fmt.Println("ok")
		} else {
			fmt.Println("failed:", strings.Join(strings.Fields(why.Error()), " "))
		}
		time.Sleep(time.Until(next))
	}
}
