// Says which version it is, calls once a second for DURATION seconds, and says what came of it.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	context := context.Background()
	settings, why := config.LoadDefaultConfig(context)
	if why != nil {
		fmt.Println("failed:", why)
		os.Exit(1)
	}
	client := sts.NewFromConfig(settings, func(options *sts.Options) {
		options.EndpointResolver = sts.EndpointResolverFromURL(os.Getenv("ENDPOINT"))
	})
	fmt.Println("version", aws.SDKVersion)
	duration, _ := time.ParseDuration(os.Getenv("DURATION") + "s")
	for end := time.Now().Add(duration); time.Now().Before(end); {
		next := time.Now().Add(time.Second)
		if _, why := client.GetCallerIdentity(context, nil); why == nil {
			fmt.Println("ok")
		} else {
			fmt.Println("failed:", strings.Join(strings.Fields(why.Error()), " "))
		}
		time.Sleep(time.Until(next))
	}
}
